/**
 * Follows a governor: how it is, then each event, and what becomes of the connection.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { eventOf } from "../operations/entries.ts"
import { eventsOf, type Told } from "../operations/streams.ts"
import type { Event } from "../operations/View.ts"
import { type Address, open } from "./client.ts"
import { type ExitCode, exitCodes, Failed } from "./exitCodes.ts"
import { type Incident, incidentAt } from "./incident.ts"

/** What is heard. The events are in the recording already. */
export type Heard =
  /** All is known from the beginning on: at first, and when too much was missed or another process answers. */
  | { readonly _tag: "Began"; readonly incident: Incident }
  | { readonly _tag: "Events"; readonly events: ReadonlyArray<Event> }
  /** The connection is there again, and nothing was missed. */
  | { readonly _tag: "Back" }
  /** Nothing is known any more of what happens; it is tried again. */
  | { readonly _tag: "Lost"; readonly why: string }
  /** The governor has shut down, and will say no more. */
  | { readonly _tag: "Ended" }

/** How long to wait before it is tried again, in milliseconds. */
const pauses = [100, 250, 500, 1000]

/**
 * Goes on until the reader does not want to hear more, or the governor does not let us in. Rejects if the governor cannot be
 * reached at first, unless `isPatient`.
 */
export async function* follow(address: Address, signal: AbortSignal, isPatient = false): AsyncGenerator<Heard> {
  let incident: Incident | undefined
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      if (incident === undefined) {
        incident = await incidentAt(address)
        yield { _tag: "Began", incident }
      }
      for await (const heard of followOnce(address, incident, signal)) {
        failures = 0
        if (heard === "Reset") {
          incident = undefined
          break
        }
        yield heard
      }
      if (incident === undefined) continue
    } catch (error) {
      if (signal.aborted) return
      const failed = asFailed(error)
      const isHopeless = !passing.has(failed.code) || (incident === undefined && !isPatient && failures === 0)
      if (isHopeless) throw failed
      yield { _tag: "Lost", why: failed.sentence }
    }
    await sleep(pauses[Math.min(failures, pauses.length - 1)], undefined, { signal }).catch(() => {})
  }
}

/** What may be better the next time. */
const passing: ReadonlySet<ExitCode> = new Set([exitCodes.unreachable])

const asFailed = (error: unknown): Failed =>
  error instanceof Failed
    ? error
    : new Failed(exitCodes.unreachable, `the connection is lost: ${error instanceof Error ? error.message : ""}`)

/** One connection, from the latest event that is known. `Reset`: what was missed is not kept any more. */
async function* followOnce(
  address: Address,
  { recording }: Incident,
  signal: AbortSignal
): AsyncGenerator<Exclude<Heard, { readonly _tag: "Began" }> | "Reset"> {
  const over = new AbortController()
  const silent = watchdog(() => over.abort(new Error("nothing was heard for too long")))
  const id = `${recording.head.epoch}-${recording.latest}`
  try {
    const both = AbortSignal.any([signal, over.signal])
    const { pieces, status, type } = await open(address, "/events", { "last-event-id": id }, both)
    if (status === 204) return yield { _tag: "Ended" }
    if (status !== 200 || !type.startsWith("text/event-stream")) {
      throw new Failed(exitCodes.unreachable, `the events cannot be followed: the answer has status ${status}`)
    }
    yield { _tag: "Back" }
    const read = eventsOf()
    for await (const piece of pieces) {
      silent.restart()
      const messages = read(piece)
      if (messages.some(({ type }) => type === "reset" || type === "snapshot")) return yield "Reset"
      const events = messages.flatMap(eventsIn).filter(({ sequence }) => sequence > recording.latest)
      for (const event of events) recording.take({ event })
      if (events.length > 0) yield { _tag: "Events", events }
      if (events.some(isEnd)) return yield { _tag: "Ended" }
    }
    yield { _tag: "Lost", why: "the governor has ended the connection" }
  } finally {
    silent.end()
    over.abort() // the connection, if the reader wants no more
  }
}

/** None: the event is of a later version. */
const eventsIn = ({ data }: Told): ReadonlyArray<Event> => {
  const event = eventOf(JSON.parse(data))
  return event === undefined ? [] : [event]
}

/** A stream has a sign of life each 15 seconds. In milliseconds. */
const longestSilence = 20_000

/** Bites when nothing is heard for too long: a network that is gone tells nobody. */
const watchdog = (bite: () => void) => {
  const timer = setTimeout(bite, longestSilence)
  return { restart: () => void timer.refresh(), end: () => clearTimeout(timer) }
}

/** The outermost governor says no more after this. */
const isEnd = (event: Event): boolean => event._tag === "ShutdownCompleted" && event.governor === undefined
