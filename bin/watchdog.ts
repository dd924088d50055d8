import {watchdog} from '../src/watchdog/main.ts'

// Started by the plugin itself (src/watchdog/part.ts), never by hand.
watchdog()
