import {azText} from './az.ts'
import type {Word} from '../../plan/shell.ts'
import type {Settings} from '../types.ts'

/** Writes a file whole or not at all, so that a run that was cut short leaves none that is taken for complete. */
export const into = (file: string, text: string): string => `${text} >${file.slice(0, -1)}.new"\nmv ${file.slice(0, -1)}.new" ${file}`

/** Shows every line, and fails if there is one. */
export const NOTHING = "awk '{ print } END { exit NR > 0 }'"

/**
 * Runs one `az` command for each array of words that a jq filter makes of a file: jq quotes them, and xargs puts them at the end.
 * @param words the command; `option` stands last when the array is its value
 */
export function forEach(settings: Settings, file: string, filter: string, words: readonly Word[], {args = '', option = ''} = {}): string {
  return `jq -r ${args && `${args} `}'${filter} | @sh' ${file} \\\n  | xargs -r -L 1 ${azText(settings, words)}${option && ` ${option}`}`
}

/** The tags of a resource in Azure's JSON, for `forEach` with the option `--tags`. */
export const TAGS = '.tags // {} | to_entries[] | [.key + "=" + .value]'
export const addTags = (id: Word): Word[] => ['tag', 'update', '--resource-id', id, '--operation', 'Merge', '-o', 'none']
