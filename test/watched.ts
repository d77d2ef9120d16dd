/** What a child process prints and how it ends, for those who wait for it. */
import type { ChildProcess } from "node:child_process"
import type { Readable } from "node:stream"

export const watched = (child: ChildProcess, outputs: ReadonlyArray<Readable>) => {
  let output = ""
  const waiting = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    waiting.forEach((look) => look())
  }
  outputs.forEach((readable) => readable.on("data", hear))
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
    pid: child.pid,
    printed,
    exit,
    output: () => output,
    kill: (signal: NodeJS.Signals) => {
      child.kill(signal)
    }
  }
}
