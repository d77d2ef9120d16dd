/**
 * The life of one service as far as it was recorded: in which state it was when, how often it has begun and failed, and with
 * what. Pure.
 */
import { transition } from "../ServiceStatus.ts"
import type { Event, Status } from "./View.ts"

/** A stretch of time in one state of one run. */
export interface Segment {
  readonly state: Status["_tag"]
  readonly run: number
  readonly from: number
  readonly to: number
}

/** Failures that follow one another and are alike. */
interface Failures {
  /** What the latest of them failed with. */
  readonly cause: NonNullable<Status["lastFailure"]>["cause"]
  readonly count: number
  /** The first and the last run that failed so. */
  readonly runs: readonly [first: number, last: number]
  /** When the first and the last of them were. */
  readonly first: number
  readonly last: number
}

/** What has begun, and why, since a time. Restarts are among the runs. */
interface Counts {
  readonly since: number
  readonly runs: number
  readonly crashes: number
  /** How often the policy has restarted the service. */
  readonly restarts: number
  readonly restartsByHand: number
}

export interface Timeline {
  readonly from: number
  readonly to: number
  /** The oldest first. There is none while the service did not exist. */
  readonly segments: ReadonlyArray<Segment>
  /** The oldest first. */
  readonly failures: ReadonlyArray<Failures>
  /** When each failure was. */
  readonly failedAt: ReadonlyArray<number>
  /** In the last hour, or as long as the recording is. */
  readonly latest: Counts
  /** When the latest run was ready first. Absent: as far as was recorded, it never was. */
  readonly readyAt?: number
}

/** What a timeline is made of. */
export interface Recorded {
  /** The status at the beginning; absent: the service did not exist then. */
  readonly before?: Status | undefined
  /** Of all services. */
  readonly events: ReadonlyArray<Event>
  readonly path: string
  readonly from: number
  readonly now: number
}

const hour = 3_600_000

/** Reads each event once. */
export const timelineOf = ({ before, events, from, now, path }: Recorded): Timeline => {
  const segments: Array<Segment> = []
  const failures: Array<Failures> = []
  const failedAt: Array<number> = []
  const counts = { since: Math.max(from, now - hour), runs: 0, crashes: 0, restarts: 0, restartsByHand: 0 }
  let status = before
  let readyAt = before?.readyAt
  let begin = from
  for (const event of events) {
    if (!("service" in event)) continue
    const isOwn = event.service === path
    if (!isOwn && !(event._tag === "ServiceStarting" && path.startsWith(`${event.service}/`))) continue
    const next = isOwn ? after(status, event) : undefined // a new run around the service has new services inside
    if (next?._tag !== status?._tag || next?.run !== status?.run) {
      add(segments, status, begin, event.time)
      begin = event.time
    }
    if (isOwn && event.time >= counts.since) count(counts, status, event)
    if (isOwn && fail(failures, event)) failedAt.push(event.time)
    // The status forgets it when the run is not ready any more.
    if (next?.run !== status?.run || event._tag === "ServiceStarting") readyAt = undefined
    readyAt ??= next?.readyAt
    status = next
  }
  add(segments, status, begin, now)
  return { from, to: now, segments, failures, failedAt, latest: counts, ...(readyAt !== undefined && { readyAt }) }
}

type ServiceEvent = Extract<Event, { readonly service: string }>

/** The transition reads no cause, so it is the same for plain events and for those of the core. */
const following = transition as unknown as (status: Status, event: ServiceEvent) => Status

const after = (status: Status | undefined, event: ServiceEvent): Status | undefined =>
  event._tag === "ServiceRemoved" ? undefined : following(status ?? unknown(event), event)

const unknown = ({ run, service: name, time: since }: ServiceEvent): Status => ({
  _tag: "Pending",
  name,
  run,
  restarts: 0,
  crashes: 0,
  since
})

const add = (segments: Array<Segment>, status: Status | undefined, from: number, to: number): void => {
  if (status !== undefined && to > from) segments.push({ state: status._tag, run: status.run, from, to })
}

const count = (
  counts: { runs: number; crashes: number; restarts: number; restartsByHand: number },
  before: Status | undefined,
  event: ServiceEvent
): void => {
  if (event._tag === "ServiceCrashed") counts.crashes++
  if (event._tag !== "ServiceStarting") return
  counts.runs++
  if ((event.restartsByHand ?? 0) > (before?.restartsByHand ?? 0)) counts.restartsByHand++
  else if (event.restarts > (before?.restarts ?? 0)) counts.restarts++
}

/** Whether the event is a failure. */
const fail = (failures: Array<Failures>, event: ServiceEvent): boolean => {
  const cause = failureIn(event)
  if (cause === undefined) return false
  const { run, time } = event
  const before = failures.at(-1)
  if (before === undefined || before.cause.name !== cause.name || before.cause.message !== cause.message) {
    failures.push({ cause, count: 1, runs: [run, run], first: time, last: time })
  } else {
    failures[failures.length - 1] = {
      ...before,
      cause,
      count: before.count + 1,
      runs: [before.runs[0], run],
      last: time
    }
  }
  return true
}

/** A service that has failed without a crash had no run: a dependency has failed, for example. */
const failureIn = (event: ServiceEvent): Failures["cause"] | undefined => {
  switch (event._tag) {
    case "ServiceCrashed":
    case "ServiceInterrupted":
    case "ServiceAbandoned":
    case "LateFailure":
      return event.cause
    case "ServiceFailed":
      return event.cause.name === "DependencyFailed" ? event.cause : undefined
    default:
      return undefined
  }
}

// --- to draw it ---

/** What must not be lost when there is room for one state only, the most telling first. */
const telling = [
  "Failed",
  "Backoff",
  "Stopping",
  "Waiting",
  "Starting",
  "Stopped",
  "Running",
  "Standby",
  "Pending"
] as const

const rank = (state: Status["_tag"]): number => telling.indexOf(state)

/**
 * The segments for so many places: those that begin and end in one place become one, with the most telling of their states.
 * There are no more than twice as many as places.
 */
export const drawn = ({ from, segments, to }: Timeline, places: number): ReadonlyArray<Segment> => {
  if (segments.length <= places) return segments
  const placeOf = (time: number): number => Math.floor((time - from) / (to - from) * places)
  const isShort = (segment: Segment): boolean => placeOf(segment.from) === placeOf(segment.to)
  const shown: Array<Segment> = []
  for (const segment of segments) {
    const last = shown.at(-1)
    const isMore = last !== undefined && isShort(last) && isShort(segment) &&
      placeOf(last.from) === placeOf(segment.from)
    if (isMore) shown[shown.length - 1] = together(last, segment)
    else shown.push(segment)
  }
  return shown
}

const together = (a: Segment, b: Segment): Segment => ({
  ...(rank(b.state) < rank(a.state) ? b : a),
  from: a.from,
  to: b.to
})
