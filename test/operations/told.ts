/** Events that are made by hand: run 1, if nothing else is said. */
import type { StopReason } from "../../src/GovernorEvent.ts"
import type { Event } from "../../src/operations/View.ts"
import { thrown } from "./made.ts"

/** An event that has no number yet. */
export type Fact = Event extends infer E ? E extends Event ? Omit<E, "sequence"> : never : never

/** The events, numbered from 1. */
export const told = (...facts: ReadonlyArray<Fact>): ReadonlyArray<Event> =>
  facts.map((fact, i): Event => Object.assign({ sequence: i + 1 }, fact))

export const waits = (time: number, service: string, ...waitingFor: ReadonlyArray<string>): Fact => ({
  _tag: "ServiceWaiting",
  service,
  run: 0,
  time,
  waitingFor
})

export const starts = (time: number, service: string, run = 1): Fact => ({
  _tag: "ServiceStarting",
  service,
  run,
  time,
  restarts: run - 1
})

export const ready = (time: number, service: string, run = 1): Fact => ({ _tag: "ServiceReady", service, run, time })

export const backs = (time: number, service: string, run = 1): Fact => ({
  _tag: "RestartScheduled",
  service,
  run,
  time,
  delay: 50,
  cause: thrown("no connection")
})

export const stops = (time: number, service: string, reason: StopReason): Fact => ({
  _tag: "ServiceStopping",
  service,
  run: 1,
  time,
  reason
})

export const stopped = (time: number, service: string): Fact => ({ _tag: "ServiceStopped", service, run: 1, time })

export const fails = (time: number, service: string): Fact => ({
  _tag: "ServiceFailed",
  service,
  run: 1,
  time,
  cause: thrown("no connection")
})
