import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {endProcess, isRunning, ownId, startInPs, startInStat, startInWindows, startOf} from '../../src/support/process-id.ts'

const stat = (name: string, state: string) => `42 (${name}) ${state} 1 42 42 0 -1 4194560 100 0 0 0 5 1 0 0 20 0 11 0 98765 1000000 2000 18446744073709551615\n`

describe('when a process started', () => {
  it('is field 22 of /proc/PID/stat, whatever the process is called', () => {
    assert.equal(startInStat(stat('node', 'S')), '98765')
    assert.equal(startInStat(stat('a ) S (b', 'T')), '98765')
  })

  it('is nothing for one that has ended, or was never there', () => {
    assert.equal(startInStat(stat('node', 'Z')), undefined)
    assert.equal(startInStat(''), undefined)
  })

  it('is the time that ps says', () => {
    assert.equal(startInPs('Ss+  Sun Nov 29 03:40:01 2026    \n'), 'Sun Nov 29 03:40:01 2026')
    assert.equal(startInPs('Z    Sun Nov  9 03:40:01 2026\n'), undefined)
    assert.equal(startInPs('S    Sun Nov  9 03:40:01 2026\n'), 'Sun Nov 9 03:40:01 2026')
    assert.equal(startInPs(''), undefined)
  })

  it('is a FILETIME on Windows', () => {
    assert.equal(startInWindows('134090000000000000\r\n'), '134090000000000000')
    assert.equal(startInWindows('Get-Process : Cannot find a process'), undefined)
  })
})

describe('a process of this machine', () => {
  it('runs as itself, and not as another that had its number before', async () => {
    const own = await ownId()
    assert.equal(await isRunning(own), true)
    assert.equal(await isRunning({...own, start: `${own.start}0`}), false)
    assert.equal(await startOf(2 ** 22 + 1), undefined)
  })

  it('is ended although it is stopped, and is gone then', async () => {
    const child = spawn('sleep', ['100'], {stdio: 'ignore'})
    await once(child, 'spawn')
    const id = {pid: child.pid ?? 0, start: await startOf(child.pid ?? 0) ?? ''}
    child.kill('SIGSTOP')
    assert.equal(await endProcess(id, 5000), true)
    assert.equal(await isRunning(id), false)
  })

  it('is left alone when it is another by now', async () => {
    const child = spawn('sleep', ['100'], {stdio: 'ignore'})
    await once(child, 'spawn')
    assert.equal(await endProcess({pid: child.pid ?? 0, start: 'long ago'}, 5000), true)
    assert.notEqual(await startOf(child.pid ?? 0), undefined)
    child.kill('SIGKILL')
  })
})
