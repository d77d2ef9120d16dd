/** A real child process, whose output can be waited for. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

export const run = (fixture: string, args: ReadonlyArray<string> = []) => {
  const file = fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] })
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
  /** Resolves when the text has been printed; rejects if the process ends without it. */
  const printed = async (text: string) => {
    const found = new Promise<void>((resolve) => {
      const look = () => {
        if (!output.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
    await Promise.race([found, exit])
    if (!output.includes(text)) throw new Error(`the process ended without printing "${text}":\n${output}`)
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
