/** Measures: a fresh process each time, and in each round all peers, one after another. */
import { execFile, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import { peers } from "./peers/index.ts"
import type { Plan, Step } from "./plan.ts"
import type { Series } from "./Results.ts"
import { workloads } from "./workloads/index.ts"
import type { Figures, Size } from "./workloads/Workload.ts"

const execute = promisify(execFile)
const one = join(import.meta.dirname, "one.ts")
const supervisor = join(import.meta.dirname, "peers", "supervisor.escript")

/** Longer than the slowest takes: raw Effect, to shut down 60,000 services that keep waking up. */
const enough = 300_000

/** Figures of a process of its own; undefined if the process was not done in time. Throws when a count in there is wrong. */
export const measure = async (
  peer: string,
  workload: string,
  { count, millis }: Size,
  timeout = enough
): Promise<Figures | undefined> => {
  const size = [workload, String(count), String(millis)]
  const [program, ...args]: [string, ...Array<string>] = peers[peer]!.load === undefined
    ? ["escript", supervisor, ...size]
    : [process.execPath, "--expose-gc", one, peer, ...size]
  try {
    const { stdout } = await execute(program, args, { timeout, killSignal: "SIGKILL" })
    return JSON.parse(stdout)
  } catch (error) {
    const { killed, stderr = "" } = error as { readonly killed?: boolean; readonly stderr?: string }
    if (killed === true) return undefined
    const why = stderr.trim() || String(error)
    throw new Error(`${peer}, ${workload}, ${count} services: ${why}`, { cause: error })
  }
}

/**
 * All peers and numbers of a workload, round after round; the order of the peers is turned each time. A peer that is not done
 * in time has no figures in that series, and is measured there no more: the next rounds would take as long.
 */
export const measureStep = async (
  step: Step,
  plan: Plan,
  tell: (what: string) => void,
  timeout = workloads[step.workload]?.timeout ?? enough
): Promise<ReadonlyArray<Series>> => {
  const series = step.counts.map((count) => ({
    workload: step.workload,
    count,
    rounds: Object.fromEntries(step.peers.map((peer) => [peer, [] as Array<Figures>])),
    leftOut: { ...step.leftOut }
  }))
  for (let round = 0; round < plan.rounds; round++) {
    const order = round % 2 === 0 ? step.peers : step.peers.toReversed()
    for (const { count, leftOut, rounds } of series) {
      for (const peer of order.filter((peer) => !(peer in leftOut))) {
        tell(`${step.workload}, ${count}, round ${round + 1} of ${plan.rounds}: ${peer}`)
        const figures = await measure(peer, step.workload, { count, millis: plan.millis }, timeout)
        if (figures === undefined) leftOut[peer] = `not done after ${timeout / 1000} s`
        rounds[peer] = figures === undefined ? [] : [...rounds[peer]!, figures]
      }
    }
  }
  return series
}

/** Peers that are no package, and are not on this machine. */
export const missing = (): Readonly<Record<string, string>> =>
  onPath("erl") && onPath("escript") ? {} : { erlang: "there is no erl on the PATH" }

const onPath = (program: string) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)))

/** Of Erlang, where it is. */
export const erlangVersion = (): Record<string, string> =>
  "erlang" in missing()
    ? {}
    : { "Erlang/OTP": spawnSync("escript", [supervisor, "version"], { encoding: "utf8" }).stdout.trim() }
