/** What the tests of the core share: a governor whose events are written down, and services that do as they are told. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { setImmediate } from "node:timers/promises"
import { Governor, RestartPolicy, type Service } from "../src/index.ts"
import { collectEvents, probe } from "../src/testing/index.ts"

/** A governor, the list of its events, and the same in short: `"Starting a#1"`; what is `clear`ed is forgotten. */
export const watched = Effect.fnUntraced(function*(options?: Governor.Options) {
  const governor = yield* Governor.make(options)
  const { clear, events, steps: lines } = collectEvents(governor)
  return { governor, events, lines, clear }
})

/** Lets all begin that is queued: each turn of the event loop begins one at least, however short the machine's time is. */
export const turns = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await setImmediate()
})

/** Time passes, and all that follows from that is done. */
export const pass = (millis: number) => Effect.andThen(TestClock.adjust(millis), turns)

/** A probe, whose runs end with the exits they are told. */
export const puppet = (name: string, options?: Service.Options) => {
  const service = probe(name, options)
  const end = (exit: Exit.Exit<void, string>) =>
    Effect.sync(() => exit._tag === "Success" ? service.complete() : service.crash(Cause.squash(exit.cause)))
  return { service, log: service.log, end }
}

/**
 * Services that are up, named and optioned as asked for; their events from now on, and what makes them end. `onStop` is what
 * each does as it is stopped.
 */
export const up = Effect.fnUntraced(function*(
  options: Governor.Options,
  services: Record<string, Service.Options>,
  onStop: Effect.Effect<void> = Effect.void
) {
  const { clear, events, governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second"), ...options })
  const puppets = Object.entries(services).map(([name, options]) => [name, puppet(name, options)] as const)
  for (const [, { service }] of puppets) {
    yield* governor.add({ ...service, run: Effect.onInterrupt(service.run, () => onStop) })
  }
  yield* Effect.andThen(governor.start, turns)
  clear()
  const byName = new Map(puppets)
  const end = (name: string, exit: Exit.Exit<void, string>) => byName.get(name)!.end(exit)
  return { governor, events, lines, clear, end, handle: governor.get }
})
