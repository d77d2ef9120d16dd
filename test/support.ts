/** What the tests of the core share: a governor whose events are written down, and services that do as they are told. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { setImmediate } from "node:timers/promises"
import { Governor, type GovernorEvent, RestartPolicy, Service } from "../src/index.ts"

/** A governor, the list of its events, and the same in short: `"Starting a#1"`. */
export const watched = Effect.fnUntraced(function*(options?: Governor.Options) {
  const governor = yield* Governor.make(options)
  const events: Array<GovernorEvent.GovernorEvent> = []
  const lines: Array<string> = []
  governor.listen((event) => {
    events.push(event)
    lines.push(short(event))
  })
  return { governor, events, lines }
})

/** Lets all begin that is queued: each turn of the event loop begins one at least, however short the machine's time is. */
export const turns = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await setImmediate()
})

const short = (event: GovernorEvent.GovernorEvent): string =>
  "service" in event ? `${event._tag.replace("Service", "")} ${event.service}#${event.run}` : event._tag

/** A service whose runs end when they are told to, and which writes down what happens to it. */
export const puppet = (name: string, options?: Service.Options) => {
  const log: Array<string> = []
  let resume: ((exit: Exit.Exit<void, string>) => void) | undefined
  const run = Effect.callback<void, string>((done) => {
    log.push("begin")
    resume = done
    return Effect.sync(() => {
      log.push("interrupted")
    })
  })
  const end = (exit: Exit.Exit<void, string>) => Effect.sync(() => resume?.(exit))
  return { service: Service.make(name, run, options), log, end }
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
  const { events, governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second"), ...options })
  const puppets = Object.entries(services).map(([name, options]) => [name, puppet(name, options)] as const)
  for (const [, { service }] of puppets) {
    yield* governor.add({ ...service, run: Effect.onInterrupt(service.run, () => onStop) })
  }
  yield* Effect.andThen(governor.start, turns)
  lines.length = 0
  const byName = new Map(puppets)
  const end = (name: string, exit: Exit.Exit<void, string>) => byName.get(name)!.end(exit)
  return { governor, events, lines, end, handle: governor.get }
})
