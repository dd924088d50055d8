import {main} from '../src/cli/main.ts'

// No top-level await: the Windows executable loads this file by require().
void main(process.argv.slice(2), import.meta.url)
