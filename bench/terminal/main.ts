/**
 * How much of a core `effect-governor top` takes in a real terminal: while nothing happens, and while much does. The built command
 * is measured.
 *
 *     npm run bench:terminal
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { inTerminal } from "../../test/cli/pty.ts"

const root = join(import.meta.dirname, "../..")

/** How long is measured, in milliseconds. */
const span = 10_000

/** In milliseconds. The kernel counts in hundredths of a second. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const measure = async (services: number, events: number): Promise<void> => {
  const governor = spawn(process.execPath, [join(root, "bench/terminal/governor.ts"), `${services}`, `${events}`], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const url = await new Promise<string>((resolve) => {
    governor.stdout.on("data", (chunk: Buffer) => {
      const [, url] = /listens: (\S+)/.exec(chunk.toString()) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  const command = join(root, "dist/cli/main.js")
  const begun = performance.now()
  const terminal = inTerminal(process.execPath, [command, "top", "--url", url], { columns: 120, rows: 40 })
  await terminal.sees(`of ${services}`)
  const first = performance.now() - begun
  await sleep(5000) // until the compiler has seen all

  const [before, written] = [cpuOf(terminal.pid), terminal.screen.written]
  await sleep(span)
  const share = (cpuOf(terminal.pid) - before) / span
  const bytes = (terminal.screen.written - written) / (span / 1000)
  console.log(
    `${services} services, ${events} events a second: ${(100 * share).toFixed(2)} % of a core, ` +
      `${Math.round(bytes)} characters a second, first screen after ${Math.round(first)} ms`
  )
  terminal.type("q")
  await terminal.exit
  governor.kill()
}

await measure(10, 0)
await measure(1000, 0)
await measure(1000, 100)
