/**
 * Makes the record of a governor.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import { ServiceRun } from "../../ServiceRun.ts"
import { Dependencies } from "../lifecycle/Dependencies.ts"
import { type GovernorState, type Hold, isOpen } from "../lifecycle/GovernorState.ts"
import { Queue } from "../lifecycle/Queue.ts"
import type { Strategy } from "../lifecycle/strategy.ts"
import { Metrics } from "../telling/metrics.ts"
import { Outbox } from "../telling/Outbox.ts"
import { tracing } from "../telling/tracing.ts"
import { begin } from "./begin.ts"
import { attend } from "./loop.ts"
import { makeShutdown } from "./shutdown.ts"
import { settle } from "./turn.ts"
import { comes } from "./waits.ts"

interface Options {
  readonly name: string
  readonly shutdownTimeout: number | undefined
  readonly strategy: Strategy
}

export const make = ({ name, shutdownTimeout, strategy }: Options, context: Context.Context<never>): GovernorState => {
  const { nest } = Context.get(context, ServiceRun)
  const within = nest === undefined ? "" : `${nest.path}/`
  const services: GovernorState["services"] = new Map()
  const outbox = new Outbox(context, within)
  return {
    context,
    clock: Context.get(context, Clock.Clock),
    strategy,
    nest,
    within,
    services,
    graph: new Dependencies(),
    nesting: new Set(),
    active: 0,
    kept: 0,
    ending: 0,
    lost: 0,
    starts: new Queue(),
    vain: new Queue(),
    adrift: new Queue(),
    leases: new Queue(),
    waits: new Set(),
    timesInLine: 0,
    isInLine: false,
    longLists: "None",
    toInterrupt: new Queue(),
    descents: [],
    answers: [],
    isDue: false,
    settle,
    begin,
    comes,
    enter: nest?.enter,
    outbox,
    branch: outbox.branch,
    metrics: new Metrics(context, name, {
      get status() {
        return Array.from(services.values(), (service) => service.status)
      }
    }),
    trace: tracing(context, name),
    idlers: [],
    hold: undefined,
    release: undefined,
    settledLate: undefined,
    slowStops: undefined,
    slowWaits: undefined,
    cluster: undefined,
    isHeldBack: false,
    isExpelled: false,
    outside: undefined,
    isStartRefused: false,
    shutdown: makeShutdown(shutdownTimeout),
    significantFailure: undefined,
    ends: undefined
  }
}

/** The hold is called when the first service becomes active, perhaps now. */
export const whileActive = (governor: GovernorState, hold: Hold): void => {
  const { hold: others } = governor
  governor.hold = others === undefined ? hold : () => both(others(), hold())
  if (governor.active > 0) governor.release = governor.release === undefined ? hold() : both(governor.release, hold())
}

/** Counts a service as active until the result is called, or a shutdown begins. */
export const keep = (governor: GovernorState): () => void => {
  if (!isOpen(governor)) return () => {}
  governor.kept++
  governor.active++
  let isKept = true
  return () => {
    if (!isKept || governor.kept === 0) return
    isKept = false
    governor.kept--
    governor.active--
    attend(governor)
  }
}

const both = (first: ReturnType<Hold>, second: ReturnType<Hold>): ReturnType<Hold> => (report) => {
  first(report)
  second(report)
}

/**
 * The service is removed whose run this governor was in: its counts are of no use, nor are those of the governors
 * inside.
 */
export const forgetCounts = ({ metrics, nesting }: GovernorState): void => {
  for (const { rare } of nesting) rare?.inside?.forget()
  metrics.forget()
}
