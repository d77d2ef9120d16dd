/** Measures, each time with processes of its own. */
import { fork, type StdioOptions } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import { text as textOf } from "node:stream/consumers"
import { evaluate, loaded, root } from "../../test/entries.ts"
import type { Series } from "../Results.ts"
import { inRounds } from "../rounds.ts"
import type { tell as Tell } from "../tell.ts"
import type { Figures } from "../workloads/Workload.ts"
import { measureCrashes, measureStarts } from "./commands.ts"
import { supervisors } from "./supervisors/index.ts"
import type { Supervisor } from "./supervisors/Supervisor.ts"

/** How much is measured, and of which supervisors: those that are there. */
interface Size {
  readonly rounds: number
  readonly isQuick: boolean
  readonly leftOut: Readonly<Record<string, string>>
}

/** How long a program may take, in milliseconds. */
const timeout = 240_000

/** What a program sends. Nobody reads what it prints, but its errors. */
export const sentBy = async <A>(name: string, ...args: ReadonlyArray<string | number>): Promise<A> => {
  const script = join(import.meta.dirname, "programs", `${name}.ts`)
  const stdio: StdioOptions = ["ignore", "ignore", "pipe", "ipc"]
  const child = fork(script, args.map(String), { stdio, execArgv: [], timeout, killSignal: "SIGKILL" })
  let sent: unknown
  child.once("message", (message) => {
    sent = message
  })
  const [errors, [code, signal]] = await Promise.all([textOf(child.stderr!), once(child, "close")])
  if (code === 0 && sent !== undefined) return sent as A
  throw new Error(`${[name, ...args].join(" ")} ended with ${code ?? signal}: ${errors.trim()}`)
}

type Measured = (size: Size, tell: typeof Tell) => Promise<Series>

const there = ({ leftOut }: Size): ReadonlyArray<readonly [name: string, supervisor: Supervisor]> =>
  Object.entries(supervisors).filter(([name]) => !(name in leftOut))

const measureCrash: Measured = async (size, tell) => {
  const all = there(size)
  const rounds: Array<ReadonlyArray<Figures>> = []
  for (let round = 0; round < size.rounds; round++) {
    tell(`crash, round ${round + 1} of ${size.rounds}`)
    rounds.push(await measureCrashes(all.map(([, supervisor]) => supervisor), size.isQuick ? 5 : 7))
  }
  const figures = all.map(([name], i) => [name, rounds.map((round) => round[i]!)])
  return { workload: "crash", count: 1, rounds: Object.fromEntries(figures), leftOut: size.leftOut }
}

const measureStart: Measured = async (size, tell) => {
  const peers = Object.fromEntries(there(size).map(([name, supervisor]) => [name, () => measureStarts(supervisor)]))
  return { ...await inRounds("starts", peers, size.rounds, tell), leftOut: size.leftOut }
}

/** Of programs, by the names of their columns. */
const programmed =
  (workload: string, programs: (isQuick: boolean) => Readonly<Record<string, Parameters<typeof sentBy>>>): Measured =>
  ({ isQuick, rounds }, tell) => {
    const all = Object.entries(programs(isQuick))
    const peers = Object.fromEntries(all.map(([name, program]) => [name, () => sentBy<Figures>(...program)]))
    return inRounds(workload, peers, rounds, tell)
  }

/** Both programs at the same time, in which neither has much to do. A round is a stretch of time. */
const measureIdle: Measured = async ({ isQuick, rounds }, tell) => {
  tell("idle")
  const [threads, seconds, settle] = [100, isQuick ? 10 : 30, 5]
  const shares = (timeout: string) => sentBy<ReadonlyArray<number>>("idle", threads, timeout, rounds, seconds, settle)
  const [having, without] = await Promise.all([shares("default"), shares("Infinity")])
  const figures = having.map((share, round) => ({
    "with the heartbeatTimeout, % of a core": share,
    "without, % of a core": without[round]!,
    "heartbeats, % of a core": share - without[round]!
  }))
  return { workload: "idle", count: 1, rounds: { governor: figures }, leftOut: {} }
}

/** Each time in a fresh process. */
const measureImport: Measured = async ({ rounds }, tell) => {
  const name = "effect-governor/worker"
  const files = await loaded(name)
  const kB = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0) / 1000
  const time = async (name: string) =>
    Number(
      await evaluate(`const began = performance.now()
        await import(${JSON.stringify(name)})
        console.log(performance.now() - began)`)
    )
  const peers = {
    governor: async () => ({ "import, ms": await time(name), modules: files.length, kB }),
    node: async () => ({ "import, ms": await time("node:worker_threads") })
  }
  return inRounds("import", peers, 3 * rounds, tell)
}

/** By their names, in the order in which they are told. */
export const measures: Readonly<Record<string, Measured>> = {
  crash: measureCrash,
  starts: measureStart,
  blocked: programmed("blocked", (isQuick) => ({ governor: ["blocked", isQuick ? 3 : 6] })),
  lines: programmed("lines", (isQuick) => {
    const count = isQuick ? 300_000 : 1_000_000
    return {
      facade: ["flood", "facade", count],
      effect: ["flood", "effect", count],
      console: ["flood", "console", count]
    }
  }),
  slow: programmed("slow", (isQuick) => ({ facade: ["slow", isQuick ? 3 : 6] })),
  idle: measureIdle,
  import: measureImport
}
