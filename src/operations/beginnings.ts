/**
 * What is known of the first start of each service: from its events, or from its status if these are not kept any more. Pure.
 */
import { beside } from "./Tree.ts"
import type { Event, Status, View } from "./View.ts"

/** What a service did from one time to another. `pauses`: it was between two runs. */
export interface Part {
  readonly kind: "waits" | "works" | "pauses"
  readonly from: number
  readonly to: number
}

/** The first start of a service. */
export interface Began {
  readonly name: string
  /** One after the other, until the service was ready, or until now. Never empty. */
  readonly parts: ReadonlyArray<Part>
  readonly runs: number
  readonly ready: number | undefined
  /** The service failed or was asked to stop before it was ready. */
  readonly isOver: boolean
  /** The names of the dependencies that it waited for last, if that was told. */
  readonly waitedFor: ReadonlyArray<string> | undefined
}

type Growing = { -readonly [K in keyof Began]: Began[K] } & {
  readonly parts: Array<Part>
  /** What the service does now, and since when; undefined: its start is over. */
  now: { readonly kind: Part["kind"]; readonly from: number } | undefined
  /** The service has begun once more since: the services inside are others now. */
  isLater: boolean
  hasInside: boolean
}

/** What begins a second after all others were ready has begun for itself, and is no part of the start. */
const pause = 1000

/** By when they were to start. `isWhole` is false if the first events are not kept any more. */
export const beginnings = (view: View): { readonly services: ReadonlyArray<Began>; readonly isWhole: boolean } => {
  const all = new Map<string, Growing>()
  for (const event of view.events) if ("service" in event) hear(all, event)
  const others = Array.from(view.services.values()).filter(({ name }) => !all.has(name))
  // Dependencies have begun before.
  for (const status of others.toSorted((a, b) => (a.startedAt ?? a.since) - (b.startedAt ?? b.since))) {
    read(view, all, status)
  }
  for (const one of all.values()) if (one.now !== undefined) enter(one, view.now, undefined)
  const inOrder = knownOf(all).toSorted((a, b) => a.parts[0]!.from - b.parts[0]!.from)
  return { services: together(inOrder), isWhole: (view.events[0]?.sequence ?? view.sequence + 1) <= 1 }
}

const isInside = (path: string): boolean => path.includes("/")

const aroundOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/** Those whose services around them are known too: others are of a later run of these, for all that is known. */
const knownOf = (all: ReadonlyMap<string, Growing>): ReadonlyArray<Growing> => {
  const isKnown = new Map<Growing, boolean>()
  const ask = (one: Growing): boolean => {
    const line: Array<Growing> = []
    let outer: Growing | undefined = one
    for (; outer !== undefined && !isKnown.has(outer); outer = all.get(aroundOf(outer.name))) line.push(outer)
    for (const each of line.toReversed()) {
      isKnown.set(each, !isInside(each.name) || isKnown.get(all.get(aroundOf(each.name))!) === true)
    }
    return isKnown.get(one)!
  }
  return Array.from(all.values()).filter(ask)
}

/** Those that began with the first, or while others of them were not ready yet. */
const together = (inOrder: ReadonlyArray<Growing>): ReadonlyArray<Growing> => {
  let end = inOrder[0]?.parts[0]!.from ?? 0
  const found: Array<Growing> = []
  for (const one of inOrder) {
    if (one.parts[0]!.from > end + pause) break
    found.push(one)
    end = Math.max(end, one.parts.at(-1)!.to)
  }
  return found
}

// --- from events ---

const hear = (all: Map<string, Growing>, event: Extract<Event, { readonly service: string }>): void => {
  const { service, time } = event
  const one = all.get(service)
  if (event._tag === "ServiceRemoved") return forget(all, service, true)
  if (one === undefined) {
    if (!isFirst(event) || isLater(all, service)) return
    add(all, begun(service))
    return hear(all, event)
  }
  if (one.ready !== undefined || one.isOver) {
    if (event._tag === "ServiceStarting") one.isLater = true
    return
  }
  switch (event._tag) {
    case "ServiceWaiting":
      one.waitedFor = event.waitingFor
      return enter(one, time, "waits")
    case "ServiceStarting":
      forget(all, service, false)
      one.runs++
      return enter(one, time, "works")
    case "ServiceReady":
    case "ServiceCompleted":
      one.ready = time
      return enter(one, time, undefined)
    case "RestartScheduled":
      return enter(one, time, "pauses")
    case "ServiceStopping":
      if (event.reason === "restart" || event.reason === "strategy" || event.reason === "dependency") {
        return enter(one, time, "pauses")
      }
      one.isOver = true
      return enter(one, time, undefined)
    case "ServiceFailed":
      one.isOver = true
      return enter(one, time, undefined)
  }
}

const isFirst = (event: Extract<Event, { readonly service: string }>): boolean =>
  (event._tag === "ServiceWaiting" && event.run === 0) || (event._tag === "ServiceStarting" && event.run === 1)

/** Whether the service around this one has begun once more. */
const isLater = (all: ReadonlyMap<string, Growing>, path: string): boolean => all.get(aroundOf(path))?.isLater === true

const begun = (name: string): Growing => ({
  name,
  parts: [],
  runs: 0,
  ready: undefined,
  isOver: false,
  waitedFor: undefined,
  now: undefined,
  isLater: false,
  hasInside: false
})

const add = (all: Map<string, Growing>, one: Growing): void => {
  all.set(one.name, one)
  const around = all.get(aroundOf(one.name))
  if (around !== undefined) around.hasInside = true
}

const enter = (one: Growing, time: number, kind: Part["kind"] | undefined): void => {
  if (one.now?.kind === kind) return
  if (one.now !== undefined) one.parts.push({ ...one.now, to: time })
  one.now = kind && { kind, from: time }
}

/** A new run has new services inside. */
const forget = (all: Map<string, Growing>, path: string, itself: boolean): void => {
  if (all.get(path)?.hasInside === true) {
    for (const name of all.keys()) if (name.startsWith(`${path}/`)) all.delete(name)
  }
  if (itself) all.delete(path)
}

// --- from statuses ---

const read = ({ specs }: View, all: Map<string, Growing>, status: Status): void => {
  const { name, run, since, startedAt } = status
  const one = begun(name)
  if (status._tag === "Waiting" && run === 0) {
    one.waitedFor = status.waitingFor
    enter(one, since, "waits")
    return add(all, one)
  }
  if (run !== 1 || startedAt === undefined || wasReady(status) || isLater(all, name)) return
  const asked = askedAt(all, specs.get(name)?.dependsOn ?? [], name, startedAt)
  if (asked < startedAt) enter(one, asked, "waits")
  enter(one, startedAt, "works")
  one.runs = 1
  one.ready = readyAtOf(status)
  one.isOver = one.ready === undefined && status._tag !== "Starting"
  if (one.isOver) enter(one, since, undefined)
  if (one.ready !== undefined) enter(one, one.ready, undefined)
  add(all, one)
}

/** It is not told any more when a run was ready that is not ready now. */
const wasReady = ({ _tag, since, startedAt }: Status): boolean => _tag === "Starting" && since !== startedAt

const readyAtOf = (status: Status): number | undefined =>
  status.readyAt ?? (status._tag === "Stopped" && status.outcome === "Completed" ? status.since : undefined)

/** A service that began when its last dependency became ready has waited for it since these were to start. */
const askedAt = (
  all: ReadonlyMap<string, Growing>,
  dependsOn: ReadonlyArray<string>,
  path: string,
  startedAt: number
): number => {
  const needed = dependsOn.flatMap((name) => all.get(beside({ path }, name)) ?? [])
  const latest = needed.reduce((latest, { ready = Infinity }) => Math.max(latest, ready), -Infinity)
  if (latest > startedAt || startedAt - latest > pause) return startedAt
  return needed.reduce((first, { parts }) => Math.min(first, parts[0]!.from), startedAt)
}
