import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openDataDir } from './data-dir.js'
import { endLeftovers, rememberProcesses, startOf } from './leftovers.js'
import { freePort } from './ports.js'
import { type ProcessSpec, runProcess } from './processes.js'
import { withScratchFolder } from './scratch-folder.js'
import { inheritedEnv } from './settings.js'
import { startStack } from './stack.js'
import { createSupervisor } from './supervisor.js'

function nodeProgram(folder: string, code: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'Program',
    command: process.execPath,
    args: ['-e', code],
    env: inheritedEnv(),
    cwd: folder,
    logFile: path.join(folder, 'program.log'),
    isReady: () => existsSync(path.join(folder, 'ready')),
    readyWithinMs: 10_000,
    ...more,
  }
}

const endless = "require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1000);"

/** Waits for a condition; the test's own time-out is the only deadline. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

function bystander(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
}

test('says why a program did not start, in the words of its own log', () =>
  withScratchFolder(async folder => {
    const spec = nodeProgram(folder, "console.error('the disk is full'); process.exit(3)")
    await expect(runProcess(spec)).rejects.toThrow(/exit code 3[\s\S]*the disk is full/)
  }))

test('ends a program that ignores the polite signal once its time is over', () =>
  withScratchFolder(async folder => {
    const spec = nodeProgram(folder, `process.on('SIGTERM', () => {}); ${endless}`)
    const running = await runProcess({ ...spec, stopWithinMs: 100 })
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGKILL' })
  }))

test('starts a program that died again, unless it is told to leave it', () =>
  withScratchFolder(async folder => {
    const supervisor = createSupervisor(() => {})
    await supervisor.run('program', nodeProgram(folder, endless))
    const first = supervisor.pids.program
    await supervisor.kill('program', 'SIGKILL')
    await until(() => ![undefined, first].includes(supervisor.pids.program))
    supervisor.supervise = false
    const second = supervisor.pids.program
    await supervisor.kill('program', 'SIGKILL')
    expect(supervisor.pids).toEqual({})
    await supervisor.start('program')
    expect(supervisor.pids.program).not.toBe(second)
    await supervisor.stopAll()
    expect(supervisor.pids).toEqual({})
  }))

test('ends what a killed launcher left, and never a program that only has the same pid', () =>
  withScratchFolder(async folder => {
    const file = path.join(folder, 'pids.json')
    const [left, innocent] = [bystander(), bystander()]
    rememberProcesses(file, { left: left.pid ?? 0 })
    expect(await endLeftovers(file)).toEqual(['left'])
    expect(startOf(left.pid ?? 0)).toBeUndefined()
    writeFileSync(file, JSON.stringify([{ name: 'left', pid: innocent.pid, start: 'long ago' }]))
    expect(await endLeftovers(file)).toEqual([])
    expect(startOf(innocent.pid ?? 0)).toBeDefined()
    innocent.kill('SIGKILL')
  }))

test('comes up on the same data after its launcher was killed', () =>
  withScratchFolder(async folder => {
    const dataDir = path.join(folder, 'data')
    const only = ['postgres', 'redis'] as const
    const code = `const { startStack } = await import(${JSON.stringify(path.join(import.meta.dirname, 'stack.ts'))})
      const stack = await startStack({ dataDir: process.argv[1], only: ${JSON.stringify(only)} })
      console.log(JSON.stringify(stack.pids))`
    const args = ['--import', 'tsx', '--input-type=module', '-e', code, dataDir]
    const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(launcher.stdout, 'data')
    const left: number[] = Object.values(JSON.parse(String(line)))
    launcher.kill('SIGKILL')
    await once(launcher, 'exit')
    const stack = await startStack({ dataDir, only: [...only] })
    expect(left.map(startOf)).toEqual([undefined, undefined])
    expect(Object.keys(stack.pids).sort()).toEqual(['postgres', 'redis'])
    await stack.stop()
  }))

test('names the taken port and the command that avoids it', () =>
  withScratchFolder(async dataDir => {
    const port = await freePort()
    const other = createServer().listen(port + 4, '127.0.0.1')
    await once(other, 'listening')
    const starting = startStack({ dataDir: path.join(dataDir, 'data'), port, only: ['mail'] })
    await expect(starting).rejects.toThrow(
      new RegExp(`^Port ${port + 4} is taken by another program. Stop it, or run: AETHEX_PORT=`),
    )
    other.close()
  }))

test('lets only one launcher use a data directory', () =>
  withScratchFolder(async folder => {
    const dataDir = path.join(folder, 'data')
    const first = await openDataDir(dataDir)
    await expect(openDataDir(dataDir)).rejects.toThrow(/already runs with the data in/)
    first.release()
    const next = await openDataDir(dataDir)
    next.release()
  }))

test('touches no folder that holds something else, and wipes only its own when begun anew', () =>
  withScratchFolder(async folder => {
    writeFileSync(path.join(folder, 'thesis.txt'), 'years of work')
    const foreign = startStack({ dataDir: folder, fresh: true, only: [] })
    await expect(foreign).rejects.toThrow(/holds files of something else/)
    expect(readdirSync(folder)).toEqual(['thesis.txt'])
    const dataDir = path.join(folder, 'data')
    await (await startStack({ dataDir, only: [] })).stop()
    writeFileSync(path.join(dataDir, 'old'), '')
    await (await startStack({ dataDir, fresh: true, only: [] })).stop()
    expect(existsSync(path.join(dataDir, 'old'))).toBe(false)
  }))
