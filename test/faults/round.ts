/** One child process, what is done to it, and what is wrong with what came of it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { watched } from "../watched.ts"
import { expected, type Facts, kinds, otherThan, type Outcome, type Plan, planFrom } from "./plan.ts"
import { randomFrom } from "./random.ts"
import type { Mark } from "./Settings.ts"
import { wrongIn } from "./written.ts"

/** The plan of a round: the kinds take turns, all else is drawn. */
export const planOf = (seed: number, round: number): Plan =>
  planFrom(randomFrom(seed * 100_003 + round), kinds[round % kinds.length]!)

/** No child may take longer, in milliseconds: it hangs. */
const patience = 45_000

/** Does it, and gives what is wrong, with all that is known; undefined if nothing is. */
export const play = async (plan: Plan): Promise<string | undefined> => {
  const directory = mkdtempSync(join(tmpdir(), "governor-faults-"))
  try {
    const file = join(directory, "written")
    writeFileSync(file, "")
    const child = begin(plan, file)
    const deadline = globalThis.setTimeout(() => child.kill("SIGKILL"), patience)
    const facts = await torment(plan, child)
    const { code, signal } = await child.exit
    clearTimeout(deadline)
    const written = readFileSync(file, "utf8")
    const end = { exit: signal ?? code!, log: child.output(), written }
    const known = { ...facts(), threw: written.includes("threw\n"), fell: written.includes("fell\n") }
    const problems = wrongWith(plan, known, end)
    if (problems.length === 0) return undefined
    const all = [problems.join("\n"), JSON.stringify({ plan, known, exit: end.exit }), child.marks(), end.log, written]
    return all.join("\n--\n")
  } finally {
    rmSync(directory, { recursive: true })
  }
}

interface End {
  readonly exit: number | NodeJS.Signals
  readonly log: string
  readonly written: string
}

/** Nothing if it is one of the outcomes that may be; else what is wrong with the likeliest. */
export const wrongWith = (plan: Plan, facts: Facts, end: End): ReadonlyArray<string> => {
  const wrong = expected(plan, facts).map((outcome) => wrongAs(outcome, end))
  return wrong.find((problems) => problems.length === 0) ?? wrong[0]!
}

const wrongAs = ({ exit, last, whole }: Outcome, end: End): ReadonlyArray<string> => {
  const line = end.log.split("\n").findLast((line) => /^\[?\d\d:\d\d:\d\d\.\d\d\d/.test(line)) ?? ""
  return [
    ...(exit === end.exit ? [] : [`it ended with ${end.exit}, and not with ${exit}`]),
    ...(last === undefined || last.test(line) ? [] : [`its last line is "${line}", and not ${last}`]),
    ...wrongIn(end.written, { whole, open: ["hung"] })
  ]
}

type Child = ReturnType<typeof begin>

/** Both outputs in one, so that the last line is the last. */
const begin = ({ door, settings }: Plan, file: string) => {
  const program = fileURLToPath(new URL(`../fixtures/faulted-${door}.ts`, import.meta.url))
  const args = [process.execPath, program, JSON.stringify({ ...settings, file })]
  const child = spawn("sh", ["-c", `exec "$0" "$@" 2>&1`, ...args], { stdio: ["ignore", "pipe", "inherit", "pipe"] })
  const [, output, , told] = child.stdio as ReadonlyArray<Readable>
  const marks = watched(child, [told!])
  return {
    ...watched(child, [output!]),
    marks: marks.output,
    says: (mark: Mark) => marks.printed(mark).catch(() => {}), // it may have ended before
    closeOutputs: () => void output!.destroy(),
    spawned: once(child, "spawn")
  }
}

/** Signals it as planned, and gives what is known when it is over. */
const torment = async (plan: Plan, child: Child): Promise<() => Omit<Facts, "threw" | "fell">> => {
  const { after, kind, mark, next, signal } = plan
  await (kind === "a signal before it listens" ? child.spawned : child.says(mark))
  await setTimeout(after)
  const first = performance.now()
  switch (kind) {
    case "an uncaught error":
    case "a failure for good":
      break
    case "SIGKILL":
      child.kill("SIGKILL")
      break
    case "closed outputs":
      child.closeOutputs()
      await setTimeout(next)
      child.kill(signal)
      break
    case "both signals at once":
      child.kill(signal)
      child.kill(otherThan(signal))
      break
    default:
      child.kill(signal)
      await goOn(plan, child, next)
  }
  let within = Infinity
  void child.exit.then(() => (within = performance.now() - first))
  return () => ({ within, listened: child.marks().includes("listening\n") })
}

/** After the first signal. */
const goOn = async ({ kind, signal }: Plan, child: Child, next: number): Promise<void> => {
  switch (kind) {
    case "the other signal while it stops":
      await child.says("stopping")
      await setTimeout(next)
      child.kill(otherThan(signal))
      await child.printed(`received ${otherThan(signal)}, already shutting down`).catch(() => {})
      return child.kill("SIGUSR2")
    case "an echo":
      await child.says("stopping")
      await setTimeout(next)
      child.kill(signal)
      await setTimeout(next)
      return child.kill("SIGUSR2")
    case "the same signal a second later":
    case "the same signal soon enough":
      await child.says("stopping")
      await setTimeout(next)
      return child.kill(signal)
    case "the same signal, and never enough":
      await child.says("stopping")
      await setTimeout(next)
      child.kill(signal)
      await setTimeout(100)
      return child.kill("SIGUSR2")
    case "SIGKILL while it stops":
      await child.says("stopping")
      await setTimeout(next / 10)
      return child.kill("SIGKILL")
    default: // one is enough
  }
}
