/** One round: a governor in a process of its own, what is done to it, and what is wrong with what came of it. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { watched } from "../../watched.ts"
import { violationsIn } from "./audit.ts"
import { type Exit, type Ledger, type Row, rowsIn, type Seen } from "./Ledger.ts"
import type { Plan } from "./plan.ts"
import { lookout, variables } from "./system.ts"
import { inWords } from "./words.ts"

/** A governor that takes longer hangs; so long is waited for what is left when it is gone; how often is looked. In milliseconds. */
const [patience, farewell, often] = [60_000, 20_000, 25]

/**
 * - `wrong`: what is wrong, with all that is known; undefined if nothing is
 * - `goneAfter`: how long it took until all was gone, from the end of the governor on, in milliseconds
 */
export interface Played {
  readonly wrong: string | undefined
  readonly rows: ReadonlyArray<Row>
  readonly goneAfter: number
}

export const play = async (plan: Plan): Promise<Played> => {
  const directory = mkdtempSync(join(tmpdir(), "governor-rounds-"))
  try {
    const { ledger, output, goneAfter } = await torment(plan, directory)
    const wrong = violationsIn(plan, ledger).map(inWords)
    const all = [wrong.join("\n"), JSON.stringify(plan), output, ...ledger.rows.map((row) => JSON.stringify(row))]
    return { wrong: wrong.length === 0 ? undefined : all.join("\n"), rows: ledger.rows, goneAfter }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const torment = async (plan: Plan, directory: string) => {
  const file = join(directory, "ledger")
  writeFileSync(file, "")
  const look = lookout(directory)
  const looks: Array<ReadonlyArray<Seen>> = []
  const watch = setInterval(() => looks.push(look()), often)
  const { exit, output } = await endOf(plan, directory, file)
  const atExit = look().filter(({ service }) => service !== undefined)
  const { goneAfter, left } = await allGone(look, performance.now())
  clearInterval(watch)
  for (const { pid } of left) kill(pid)
  const ledger: Ledger = { rows: rowsIn(readFileSync(file, "utf8")), exit, looks, atExit, left }
  return { ledger, output, goneAfter }
}

/** The governor begins, and ends as planned. */
const endOf = async (plan: Plan, directory: string, file: string) => {
  const program = fileURLToPath(new URL("../../fixtures/faulted-governor.ts", import.meta.url))
  const governor = spawn(process.execPath, [program, JSON.stringify(plan), file], {
    cwd: directory,
    env: { ...process.env, [variables.round]: directory },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const child = watched(governor, [governor.stdout, governor.stderr])
  const gone = new Promise<Exit>((resolve) => governor.once("exit", (code, signal) => resolve(signal ?? code!)))
  let isHung = false
  const deadline = setTimeout(() => {
    isHung = true
    child.kill("SIGKILL")
  }, patience)
  await child.printed("now").catch(() => {}) // it may end by itself
  const { how } = plan.end
  if (how !== "shutdown" && how !== "exit") child.kill(how)
  const exit = await gone
  clearTimeout(deadline)
  return { exit: isHung ? "hung" as const : exit, output: child.output() }
}

const allGone = async (look: () => ReadonlyArray<Seen>, since: number) => {
  const goneAfter = () => Math.round(performance.now() - since)
  let left = look()
  while (left.length > 0 && goneAfter() < farewell) {
    await sleep(10)
    left = look()
  }
  return { goneAfter: goneAfter(), left }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // it is gone
  }
}
