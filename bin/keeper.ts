import {keeper} from '../src/by-hand/keeper.ts'

// Started by the plugin itself (src/by-hand/start.ts), never by hand.
keeper()
