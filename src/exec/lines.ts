import {StringDecoder} from 'node:string_decoder'

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
 * Lines bounded in length and number; what a terminal must not obey is still in them.
 * @param say told of every line, and once that the rest is left out
 */
export function linesTo(say: (line: string) => void): Lines {
  let left = SHOWN_CHARACTERS

  function tell(line: string): void {
    if (left < 0) return
    left -= line.length
    say(left < 0 ? 'the rest of its output is left out' : line.trimEnd())
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
