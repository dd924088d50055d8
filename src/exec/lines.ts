import {StringDecoder} from 'node:string_decoder'
import {printable} from '../support/printable.ts'

/** A line longer than this is told in parts. */
const LINE_CHARACTERS = 4096
/** More than this is not shown: drawing it would hold up the questions that prove the pause. */
const SHOWN_CHARACTERS = 1_048_576

/** Takes apart what several streams print together, and tells it line by line. */
export interface Lines {
  /** A reader for one stream; its last line need not have an end. */
  reader(): {take(chunk: Buffer): void; end(): void}
}

/**
 * Lines as they may be printed on a terminal: escape codes neutralised, in length and number bounded.
 * @param say told of every line, and once that the rest is left out
 */
export function linesTo(say: (line: string) => void): Lines {
  let left = SHOWN_CHARACTERS

  function tell(line: string): void {
    if (left < 0) return
    left -= line.length
    say(left < 0 ? 'the rest of its output is left out' : printable(line).trimEnd())
  }

  return {
    reader() {
      const decoder = new StringDecoder('utf8')
      let begun = ''
      return {
        take(chunk) {
          if (left < 0) return
          const lines = `${begun}${decoder.write(chunk)}`.split(/\r?\n/)
          begun = lines.pop() ?? ''
          for (const line of lines) tell(line)
          for (; begun.length > LINE_CHARACTERS; begun = begun.slice(LINE_CHARACTERS)) tell(begun.slice(0, LINE_CHARACTERS))
        },
        end() {
          const last = `${begun}${decoder.end()}`
          begun = ''
          if (last !== '') tell(last)
        },
      }
    },
  }
}
