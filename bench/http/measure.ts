/** Measures: a fresh process each time, and in each round all peers, one after another. */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import type { Series } from "../Results.ts"
import { inRounds } from "../rounds.ts"
import type { Figures } from "../workloads/Workload.ts"
import { leftOut, workloads } from "./workloads.ts"

const execute = promisify(execFile)

/** Throws when something in there is not as it has to be. */
const figuresOf = async (script: string, ...args: ReadonlyArray<string>): Promise<Figures> => {
  try {
    const program = [process.execPath, "--expose-gc", script, ...args] as const
    const { stdout } = await execute(program[0], program.slice(1), { timeout: 120_000, killSignal: "SIGKILL" })
    return JSON.parse(stdout)
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string }
    throw new Error(`${args.join(", ")}: ${stderr.trim() || String(error)}`, { cause: error })
  }
}

const here = (script: string) => join(import.meta.dirname, script)

/** Figures of a peer; small: to see that all works. */
export const measure = (workload: string, peer: string, isSmall: boolean): Promise<Figures> =>
  figuresOf(here("one.ts"), workload, peer, isSmall ? "small" : "large")

export const measureWorkload = async (
  workload: string,
  rounds: number,
  isSmall: boolean,
  tell: (what: string) => void
): Promise<Series> => {
  const gone = workload.startsWith("services") ? { ...leftOut, ...missing() } : {}
  const peers = workloads[workload]!.peers.filter((peer) => !(peer in gone))
  const measured = Object.fromEntries(peers.map((peer) => [peer, () => measure(workload, peer, isSmall)]))
  return { ...await inRounds(workload, measured, rounds, tell), leftOut: gone }
}

const missing = (): Readonly<Record<string, string>> =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "supervisord")))
    ? {}
    : { supervisord: "there is no supervisord on the PATH" }

const unseen: ReadonlyArray<readonly [workload: string, count: number, millis: number]> = [
  ["idle", 10_000, 0],
  ["storm 1 returned", 1, 600],
  ["storm 100 threw", 100, 600]
]

/** What those have of it who do not look, beside another build of this package, in the folder `before`. */
export const measureUnseen = async (
  before: string | undefined,
  rounds: number,
  tell: (what: string) => void
): Promise<ReadonlyArray<Series>> => {
  const all: Array<Series> = []
  for (const [workload, count, millis] of unseen) {
    const [one, size] = [join("bench", "one.ts"), [String(count), String(millis)] as const]
    all.push(
      await inRounds(
        workload,
        {
          ...(before !== undefined && { before: () => figuresOf(join(before, one), "governor", workload, ...size) }),
          now: () => figuresOf(here("../one.ts"), "governor", workload, ...size),
          mounted: () => figuresOf(here("unseen.ts"), workload, ...size)
        },
        rounds,
        tell
      )
    )
  }
  return all
}
