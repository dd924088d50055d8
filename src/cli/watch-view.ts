import {changesOf, statusViews} from '../status/text.ts'
import {printableJson} from '../support/printable.ts'
import {colorsFor, print, render, write} from './output.ts'
import type {StatusList} from '../status/status.ts'
import type {OutputFormat, OutputStream} from './output.ts'

const CLEAR = '\u001B[H\u001B[2J'

/**
 * How looks that follow each other are shown: drawn anew on a terminal; else the first in full, then what changes. JSON is one
 * whole list a line, YAML one a document, whenever something changed.
 */
export function watchView(output: OutputFormat | undefined, stdout: OutputStream = process.stdout): (list: StatusList) => Promise<void> {
  let shown: StatusList | undefined
  return async list => {
    const before = shown
    shown = list
    if (output === undefined && stdout.isTTY) return write(`${CLEAR}${list.seenAt}\n\n${await render(list, output, statusViews, colorsFor(stdout))}`, stdout)
    if (before && isSame(before, list)) return
    if (output === 'json') return write(`${printableJson(list, 0)}\n`, stdout)
    if (output === 'yaml') return write(`---\n${await render(list, output, statusViews, colorsFor(stdout))}`, stdout)
    if (!before) return print(list, statusViews, stdout)
    return write(changesOf(before, list).map(line => `${line}\n`).join(''), stdout)
  }
}

const isSame = (a: StatusList, b: StatusList) => JSON.stringify(essence(a)) === JSON.stringify(essence(b))

/** A lease that is renewed is no change. */
const essence = ({items, warnings}: StatusList) => [warnings, items.map(({lease, ...item}) => ({...item, holder: lease?.holder, alive: lease?.alive}))]
