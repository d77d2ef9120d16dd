/** A real child process, whose output can be waited for. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { watched } from "./watched.ts"

/** One of the fixtures, by its name. */
export const run = (fixture: string, args: ReadonlyArray<string> = []) =>
  start(fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url)), args)

export type Child = ReturnType<typeof start>

export const start = (file: string, args: ReadonlyArray<string> = [], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return watched(child, [child.stdout, child.stderr])
}
