/** A real child process, whose output can be waited for. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { watched } from "./watched.ts"

/** One of the fixtures, by its name. */
export const run = (fixture: string, args: ReadonlyArray<string> = [], env: Record<string, string> = {}) =>
  start(fileOf(fixture), args, env)

export type Child = ReturnType<typeof start>

export const start = (file: string, args: ReadonlyArray<string> = [], env: Record<string, string> = {}) =>
  spawned(file, args, ["ignore", "pipe", "pipe"], env)

/** One of the fixtures, with a pipe as its input and a channel to this process. Both stay open. */
export const runWithChannel = (fixture: string, args: ReadonlyArray<string> = []) =>
  spawned(fileOf(fixture), args, ["pipe", "pipe", "pipe", "ipc"])

/** One of the fixtures, leading a group of its own, as a shell with job control starts it. */
export const runInGroup = (fixture: string, args: ReadonlyArray<string> = []) => {
  const child = spawned(fileOf(fixture), args, ["ignore", "pipe", "pipe"], {}, true)
  /** Sends the signal to all of its group, as a terminal does. */
  const killGroup = (signal: NodeJS.Signals) => process.kill(-child.pid!, signal)
  return { ...child, killGroup }
}

const fileOf = (fixture: string) => fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url))

const spawned = (
  file: string,
  args: ReadonlyArray<string>,
  stdio: ["ignore" | "pipe", "pipe", "pipe", ...ReadonlyArray<"ipc">],
  env: Record<string, string> = {},
  detached = false
) => {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio,
    detached
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return watched(child, [child.stdout!, child.stderr!])
}
