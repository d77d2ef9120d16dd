/** Services with a check each second: what the checks take of a core, which the same services without probes do not take. */
import { setTimeout } from "node:timers/promises"
import { type Engine, type Probed, verify } from "../peers/Engine.ts"
import type { Workload } from "./Workload.ts"

/** Which kinds of checks there are, and how each is told. */
const kinds: Readonly<Record<string, Probed["kind"]>> = {
  "share of a core, %": "value",
  "share of a core with promises, %": "promise"
}

const every = 1000

/** What the process takes of a core for so long, in percent. */
const share = async (millis: number) => {
  const began = performance.now()
  const before = process.cpuUsage()
  await setTimeout(millis)
  const { system, user } = process.cpuUsage(before)
  return 0.1 * (system + user) / (performance.now() - began)
}

/** With probes, and without if there is no kind. All checks are made at about the same time: these are whole periods. */
const taken = async ({ probe }: Engine, count: number, kind: Probed["kind"] | undefined, periods: number) => {
  if (probe === undefined) throw new Error("no probes")
  let checks = 0
  const { stop } = await probe(count, kind && { kind, every, checked: () => void checks++ })
  await setTimeout(every / 2 + periods * every) // warm
  const before = checks
  const taken = await share(periods * every)
  verify("checks", checks - before, kind === undefined ? 0 : periods * count)
  await stop()
  return taken
}

export const probes: Workload = {
  title: "services with a check each second",
  counts: [1000],
  quick: [1000],
  peers: ["governor", "facade"],
  measure: async (engine, { count, millis }) => {
    const figures: Record<string, number> = {}
    const periods = Math.ceil(3 * millis / every)
    const none = await taken(engine, count, undefined, periods)
    for (const [figure, kind] of Object.entries(kinds)) {
      figures[figure] = await taken(engine, count, kind, periods) - none
    }
    return figures
  }
}
