/** A real child process, whose output can be waited for. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

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
  let output = ""
  const waiting = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    waiting.forEach((look) => look())
  }
  child.stdout.on("data", hear)
  child.stderr.on("data", hear)
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }))
  })
  const find = (text: string | RegExp): ReadonlyArray<string> | null =>
    typeof text === "string" ? (output.includes(text) ? [text] : null) : output.match(text)
  /** Resolves with the match when the text has been printed; rejects if the process ends without it. */
  const printed = async (text: string | RegExp): Promise<ReadonlyArray<string>> => {
    const found = new Promise<void>((resolve) => {
      const look = () => {
        if (find(text) === null) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
    await Promise.race([found, exit])
    const match = find(text)
    if (match === null) throw new Error(`the process ended without printing "${text}":\n${output}`)
    return match
  }
  return {
    printed,
    exit,
    output: () => output,
    kill: (signal: NodeJS.Signals) => {
      child.kill(signal)
    }
  }
}
