/**
 * How the services came up: what each has waited apart from what it has worked until it was ready, and the chain of services
 * that made the whole as late as it was. Pure. Only the first start of each service counts, and no later restart.
 */
import { type Began, beginnings, type Part } from "./beginnings.ts"
import { chainInWords } from "./chainInWords.ts"
import { beside } from "./Tree.ts"
import type { View } from "./View.ts"

/** How one service came up. All times are epoch milliseconds, all lengths of time are milliseconds. */
export interface Start {
  /** The path of the service. */
  readonly name: string
  /** `Over`: the service failed or was asked to stop before it was ready. */
  readonly state: "Waiting" | "Starting" | "Ready" | "Over"
  /** When the service was to start. */
  readonly asked: number
  /** When its first run began. */
  readonly began?: number
  readonly ready?: number
  /** How long it has waited for others. */
  readonly waited: number
  /** How long its runs have worked until one of them was ready. */
  readonly worked: number
  /** How long it was between runs. */
  readonly paused: number
  readonly runs: number
  readonly parts: ReadonlyArray<Part>
  /** What it waited for longest: the path of a dependency. */
  readonly after?: string
}

/** A service of the chain, and the time of the whole that was its own: until the next service of the chain began. */
interface Share {
  readonly name: string
  readonly took: number
}

export interface Chain {
  /** When the first service was to start. */
  readonly begin: number
  /** When all that are required were ready; absent: they are not yet. */
  readonly ready?: number
  /** False: the first events are not kept any more, so the waiting times are what the statuses tell. */
  readonly isWhole: boolean
  /** By when they were to start. */
  readonly starts: ReadonlyArray<Start>
  /** Each service had to be ready, or to begin, before the next could begin. Together they took the whole time. */
  readonly critical: ReadonlyArray<Share>
  readonly sentence: string
}

/** Undefined: nothing that is known of was started. */
export const chainOf = (view: View): Chain | undefined => {
  const { isWhole, services } = beginnings(view)
  const all = new Map(services.map((one) => [one.name, one]))
  const starts = services.map((one) => startOf(view, one, all))
  const [first] = starts
  if (first === undefined) return undefined
  const way = wayTo(lastOf(view, starts), starts)
  const ends = starts.filter((one) => counts(view, one)).map(readyAt)
  const ready = ends.reduce((latest, one) => Math.max(latest, one), first.asked)
  const end = ready === Infinity ? view.now : ready
  const chain = {
    begin: first.asked,
    ...(ready < Infinity && { ready }),
    isWhole,
    starts,
    critical: sharesOf(way, first.asked, end)
  }
  return { ...chain, sentence: chainInWords(chain, view.now) }
}

const startOf = (view: View, one: Began, all: ReadonlyMap<string, Began>): Start => {
  const { isOver, name, parts, ready, runs } = one
  const sum = (kind: Part["kind"]) =>
    parts.reduce((sum, part) => part.kind === kind ? sum + part.to - part.from : sum, 0)
  const waited = sum("waits")
  const began = parts.find(({ kind }) => kind === "works")?.from
  const after = waited > 0 || began === undefined ? latestOf(view, one, began !== undefined, all) : undefined
  return {
    name,
    state: stateOf(ready, isOver, began),
    asked: parts[0]!.from,
    ...(began !== undefined && { began }),
    ...(ready !== undefined && { ready }),
    waited,
    worked: sum("works"),
    paused: sum("pauses"),
    runs,
    parts,
    ...(after !== undefined && { after })
  }
}

const stateOf = (ready: number | undefined, isOver: boolean, began: number | undefined): Start["state"] => {
  if (ready !== undefined) return "Ready"
  if (isOver) return "Over"
  return began === undefined ? "Waiting" : "Starting"
}

/** Which of those that the service waited for kept it longest. One that is not ready keeps it still. */
const latestOf = (
  { specs }: View,
  { name, waitedFor }: Began,
  hasBegun: boolean,
  all: ReadonlyMap<string, Began>
): string | undefined => {
  let [latest, time]: [string | undefined, number] = [undefined, -Infinity]
  for (const other of waitedFor ?? specs.get(name)?.dependsOn ?? []) {
    const path = beside({ path: name }, other)
    const { ready = Infinity } = all.get(path) ?? (hasBegun ? unknown : {})
    if (ready > time) [latest, time] = [path, ready]
  }
  return latest
}

/** It is not told any more when the service was ready. */
const unknown = { ready: -Infinity }

/** Who is over will not be ready any more, and what is optional makes nothing late. */
const counts = ({ specs }: View, { name, state }: Start): boolean =>
  state !== "Over" && specs.get(name)?.health !== "optional"

// --- the chain ---

/** The last to be ready. Of those that are not ready, the one with the longest way of such services before it. */
const lastOf = (view: View, starts: ReadonlyArray<Start>): Start => {
  const all = new Map(starts.map((start) => [start.name, start]))
  const counted = starts.filter((start) => counts(view, start))
  const depths = new Map<Start, number>()
  let last: Start | undefined
  for (const start of counted.length > 0 ? counted : starts) {
    const isLater = last === undefined || readyAt(start) > readyAt(last)
    const isSame = last !== undefined && readyAt(start) === readyAt(last)
    if (isLater || (isSame && depthOf(start, all, depths) > depthOf(last!, all, depths))) last = start
  }
  return last!
}

/** How many services one has to go back from this one. Remembers the answers, and looks at each service once. */
const depthOf = (start: Start, all: ReadonlyMap<string, Start>, depths: Map<Start, number>): number => {
  const line: Array<Start> = []
  for (let one: Start | undefined = start; one !== undefined && !depths.has(one); one = all.get(one.after ?? "")) {
    depths.set(one, 0) // ends the loop where services wait for one another
    line.push(one)
  }
  for (const one of line.toReversed()) depths.set(one, 1 + (depths.get(all.get(one.after ?? "")!) ?? 0))
  return depths.get(start)!
}

/**
 * The way back from the service, the earliest first. What made a service ready late are the services inside it, if there are
 * any; what made it begin late is what it waited for, or else the service around it.
 */
const wayTo = (last: Start, starts: ReadonlyArray<Start>): ReadonlyArray<Start> => {
  const all = new Map(starts.map((start) => [start.name, start]))
  const inside = lastInside(starts, all)
  const way = new Set<Start>()
  let [next, isReady]: [Start | undefined, boolean] = [last, true]
  while (next !== undefined && !way.has(next)) {
    const one: Start = next
    const below: Start | undefined = isReady ? inside.get(one.name) : undefined
    if (below !== undefined) next = below
    else {
      way.add(one)
      ;[next, isReady] = one.after === undefined ? [around(one, all), false] : [all.get(one.after), true]
    }
  }
  return Array.from(way).toReversed()
}

const around = ({ name }: Start, all: ReadonlyMap<string, Start>): Start | undefined =>
  all.get(name.slice(0, Math.max(0, name.lastIndexOf("/"))))

/** For each service with services inside, the last of these to be ready before it was. */
const lastInside = (starts: ReadonlyArray<Start>, all: ReadonlyMap<string, Start>): ReadonlyMap<string, Start> => {
  const last = new Map<string, Start>()
  for (const start of starts) {
    const outer = around(start, all)
    if (outer === undefined || start.state === "Over" || readyAt(start) > readyAt(outer)) continue
    const before = last.get(outer.name)
    if (before === undefined || readyAt(start) >= readyAt(before)) last.set(outer.name, start)
  }
  return last
}

const readyAt = ({ ready = Infinity }: Start): number => ready

/** A service that had begun before the one that it waited for later has no share: it waited between two of its runs. */
const sharesOf = (way: ReadonlyArray<Start>, begin: number, end: number): ReadonlyArray<Share> => {
  let latest = begin
  const times = way.map(({ began = end }, i) => i === 0 ? begin : latest = Math.max(latest, Math.min(began, end)))
  return way.map(({ name }, i) => ({ name, took: (times[i + 1] ?? end) - times[i]! }))
}
