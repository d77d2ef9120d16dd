/**
 * Records the events of a governor.
 */
import * as Effect from "effect/Effect"
import type { Governor } from "../Governor.ts"
import type { GovernorEvent } from "../GovernorEvent.ts"

type Tag = GovernorEvent["_tag"]

/**
 * The events of a governor, in order.
 *
 * **Details**
 *
 * - `events`: all events so far
 * - `steps`: the same events in a short form: `"Starting web#1"`, `"Crashed web#1"`, `"ShutdownStarted"`. The form is
 *   the tag without `Service`, the name of the service, and the number of the run. An event of a governor inside has the
 *   path of the service around it: `"ShutdownStarted ingest"`
 * - `first(tag, service?)`: the first event with this tag, of any service or of this service. Waits if there is none
 *   yet
 * - `clear()`: forgets all events so far
 *
 * **Example** (Waiting for an event)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { collectEvents, type EventCollector, probe } from "effect-governor/testing"
 * import * as Effect from "effect/Effect"
 *
 * const causeOf = ({ first }: EventCollector, service: string) =>
 *   Effect.map(first("ServiceCrashed", service), ({ cause }) => cause)
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const collected = collectEvents(governor)
 *   const web = probe("web")
 *   yield* governor.add(web)
 *   yield* governor.start
 *   web.crash("no connection")
 *   return yield* causeOf(collected, "web")
 * })
 *
 * console.log(String(await Effect.runPromise(Effect.scoped(program)))) // Cause([Fail(no connection)])
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface EventCollector {
  readonly events: ReadonlyArray<GovernorEvent>
  readonly steps: ReadonlyArray<string>
  readonly first: <T extends Tag>(tag: T, service?: string) => Effect.Effect<GovernorEvent & { readonly _tag: T }>
  readonly clear: () => void
}

/**
 * Records the events of a governor from now on, or those of all governors inside it too: `collectEvents(governor.tree)`.
 *
 * **Example** (The events of a restart)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import { collectEvents, probe } from "effect-governor/testing"
 * import * as Effect from "effect/Effect"
 * import * as TestClock from "effect/testing/TestClock"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 second") })
 *   const { steps } = collectEvents(governor)
 *   const web = probe("web")
 *   yield* governor.add(web)
 *   yield* governor.start
 *   web.complete()
 *   yield* TestClock.adjust("1 second")
 *   return steps.slice(1).join(", ")
 * })
 *
 * console.log(await Effect.runPromise(Effect.provide(Effect.scoped(program), TestClock.layer())))
 * // Starting web#1, Ready web#1, Completed web#1, RestartScheduled web#1, Starting web#2, Ready web#2
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const collectEvents = (governor: Pick<Governor, "listen">): EventCollector => {
  const events: Array<GovernorEvent> = []
  const steps: Array<string> = []
  governor.listen((event) => {
    events.push(event)
    steps.push(step(event))
  })
  const first = <T extends Tag>(tag: T, service?: string) => {
    const matches = (event: GovernorEvent): event is GovernorEvent & { readonly _tag: T } =>
      event._tag === tag && (service === undefined || ("service" in event && event.service === service))
    return Effect.callback<GovernorEvent & { readonly _tag: T }>((resume) => {
      const found = events.find(matches)
      if (found !== undefined) return resume(Effect.succeed(found))
      const unlisten = governor.listen((event) => {
        if (!matches(event)) return
        unlisten()
        resume(Effect.succeed(event))
      })
      return Effect.sync(unlisten)
    })
  }
  const clear = () => {
    events.length = 0
    steps.length = 0
  }
  return { events, steps, first, clear }
}

/**
 * The short form of an event.
 *
 * @internal
 */
export const step = (
  event: { readonly _tag: string; readonly service?: string; readonly run?: number; readonly governor?: string }
): string => {
  if (event.service !== undefined) return `${event._tag.replace("Service", "")} ${event.service}#${event.run}`
  return event.governor === undefined ? event._tag : `${event._tag} ${event.governor}`
}
