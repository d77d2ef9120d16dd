/**
 * Entries of incident files and events of streams, as they are read: anybody may have written them, also a later version. What is
 * not as it has to be is left out here, so that nobody else has to look twice. Pure.
 */
import type { Entry, Head } from "./Recording.ts"
import type { Event, Status } from "./View.ts"

/** Undefined: the entry is of a later version, or is not as it has to be. */
export const entryOf = (value: unknown): Entry | undefined => {
  const entry = Object(value) as Readonly<Record<string, unknown>>
  const kind = kinds.find((kind) => entry[kind] !== undefined)
  if (kind === undefined) return undefined
  const known = endless(entry[kind])
  return checks[kind](known) ? { [kind]: known } as unknown as Entry : undefined
}

/** The entry in a line of a file. */
export const entryIn = (line: string): Entry | undefined => {
  try {
    return entryOf(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** Undefined: the event is of a later version, or is not as it has to be. */
export const eventOf = (value: unknown): Event | undefined => {
  const event = endless(value)
  return isEvent(event) ? event as Event : undefined
}

const kinds = ["incident", "status", "spec", "event", "line"] as const

/** JSON has no infinity: a time or a delay without end is sent as null. */
const endless = (value: unknown): unknown => {
  if (!isObject(value)) return value
  const { delay, restart, until } = value
  if (delay !== null && until !== null && !(isObject(restart) && Object.values(restart).includes(null))) return value
  return {
    ...value,
    ...(delay === null && { delay: Infinity }),
    ...(until === null && { until: Infinity }),
    ...(isObject(restart) && {
      restart: Object.fromEntries(Object.entries(restart).map(([key, value]) => [key, value ?? Infinity]))
    })
  }
}

// --- what a value has to be ---

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const text: Check = (value) => typeof value === "string"
const flag: Check = (value) => typeof value === "boolean"
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const millis: Check = (value) => typeof value === "number" && value >= 0
/** Negative if the clock was set back meanwhile. */
const length: Check = Number.isFinite
/** Nearly as far as dates reach, so that a time somewhat later is a date too. */
const time: Check = (value) => Number.isFinite(value) && Math.abs(value as number) <= 8e15
const until: Check = (value) => value === Infinity || time(value)
const texts: Check = (value) => Array.isArray(value) && value.every(text)

const perhaps = (check: Check): Check => (value) => value === undefined || check(value)
const oneOf = (...values: ReadonlyArray<unknown>): Check => (value) => values.includes(value)

const has = (shape: Shape): Check => {
  const checks = Object.entries(shape)
  return (value) => isObject(value) && checks.every(([key, check]) => check(value[key]))
}

/** What all have, and what those of each tag have too. */
const tagged = (common: Shape, tags: Readonly<Record<string, Shape>>): Check => {
  const checks = new Map(Object.entries(tags).map(([tag, shape]) => [tag, has({ ...common, ...shape })]))
  return (value) => isObject(value) && checks.get(value["_tag"] as string)?.(value) === true
}

const thrown = has({ name: text, message: text, stack: text })
const cause = { cause: thrown }
const perhapsCause = { cause: perhaps(thrown) }
const process = has({
  pid: perhaps(count),
  thread: perhaps(count),
  memory: perhaps(count),
  code: perhaps(count),
  signal: perhaps(text)
})
const stopReason = oneOf("stop", "restart", "remove", "shutdown", "strategy", "dependency", "lease")

const statuses: { readonly [Tag in Status["_tag"]]: Shape } = {
  Pending: {},
  Waiting: { waitingFor: texts },
  Standby: {},
  Starting: { reason: perhaps(text) },
  Running: {},
  Backoff: { until, ...perhapsCause },
  Stopping: { reason: stopReason },
  Stopped: { outcome: oneOf("Completed", "Stopped"), ...perhapsCause },
  Failed: cause
}

const isStatus = tagged({
  name: text,
  run: count,
  restarts: count,
  restartsByHand: perhaps(count),
  crashes: count,
  since: time,
  startedAt: perhaps(time),
  readyAt: perhaps(time),
  lastFailure: perhaps(has({ run: count, at: time, cause: thrown })),
  process: perhaps(process)
}, statuses)

const shutdownReason = tagged({}, {
  Requested: { message: perhaps(text) },
  Signal: { signal: text },
  Uncaught: cause,
  Expelled: cause,
  Aborted: cause,
  ScopeClosed: {},
  Significant: { service: text, ...perhapsCause },
  AllOver: {}
})

const serviceReport = has({
  name: text,
  outcome: oneOf("Stopped", "Failed", "Abandoned"),
  duration: length,
  ...perhapsCause
})

const report = has({
  ok: flag,
  reason: shutdownReason,
  duration: length,
  services: (value) => Array.isArray(value) && value.every(serviceReport)
})

const ofAny = { time, sequence: count }
const ofService = { ...ofAny, service: text, run: count }
const ofProcess = { ...ofService, process }
const ofGovernor = { ...ofAny, governor: perhaps(text) }

const events: { readonly [Tag in Event["_tag"]]: Shape } = {
  ServiceAdded: ofService,
  ServiceRemoved: ofService,
  ServiceWaiting: { ...ofService, waitingFor: texts },
  ServiceStandby: ofService,
  ServiceStarting: { ...ofService, restarts: count, restartsByHand: perhaps(count), epoch: perhaps(count) },
  ServiceReady: ofService,
  ServiceUnready: { ...ofService, reason: perhaps(text), ...perhapsCause },
  ServiceCompleted: ofService,
  ServiceCrashed: { ...ofService, ...cause },
  ServiceInterrupted: { ...ofService, ...perhapsCause },
  RestartScheduled: { ...ofService, delay: millis, ...perhapsCause },
  RestartLimitExceeded: { ...ofService, ...cause },
  ServiceStopping: { ...ofService, reason: stopReason },
  ServiceStopped: { ...ofService, ...perhapsCause },
  ServiceFailed: { ...ofService, ...cause },
  ServiceAbandoned: { ...ofService, ...cause },
  LateFailure: { ...ofService, ...cause },
  ProcessStarted: ofProcess,
  ProcessMeasured: ofProcess,
  ProcessEnded: ofProcess,
  ShutdownStarted: { ...ofGovernor, reason: shutdownReason, until: perhaps(until), drainsUntil: perhaps(until) },
  ShutdownCompleted: { ...ofGovernor, report },
  EventsDropped: { ...ofGovernor, count }
}

const isEvent = tagged({}, events)

const restart = has({
  when: oneOf("never", "always", "failure"),
  delay: perhaps(millis),
  maxRestarts: perhaps(millis),
  within: perhaps(millis),
  resetAfter: perhaps(millis)
})

const isSpec = has({
  name: text,
  dependsOn: texts,
  bindsTo: texts,
  readiness: oneOf("automatic", "manual", "completed", "probe"),
  isProbed: flag,
  significant: oneOf(true, false, "failure"),
  health: oneOf("required", "optional"),
  restart,
  strategy: oneOf("one-for-one", "one-for-all", "rest-for-one", "dependents"),
  startTimeout: perhaps(millis),
  heartbeatTimeout: perhaps(millis),
  stopTimeout: perhaps(millis)
})

const isLine = has({
  id: count,
  level: oneOf("debug", "info", "warn", "error"),
  message: text,
  service: perhaps(text),
  run: perhaps(count),
  time,
  error: perhaps(thrown)
})

const isHead = has({
  apiVersion: oneOf("governor/v1" satisfies Head["apiVersion"]),
  governor: text,
  epoch: text,
  sequence: count,
  now: time,
  shutdownTimeout: perhaps(millis),
  drainDelay: perhaps(millis),
  closing: perhaps(has({ reason: shutdownReason, since: time, until: perhaps(until), drainsUntil: perhaps(until) }))
})

const checks: Readonly<Record<(typeof kinds)[number], Check>> = {
  incident: isHead,
  status: isStatus,
  spec: isSpec,
  event: isEvent,
  line: isLine
}
