/**
 * What the owner of a service says of it to the cluster: the latest status, after each event.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Governor, ServiceHandle } from "../Governor.ts"
import { fromStatus } from "../internal/bridge/plain.ts"
import type { Json, Ledger } from "./Ledger.ts"

/** How long to wait after the reports, in milliseconds: a service that crashes all the time is no load for the database. */
const pause = 200

/**
 * A governor, as far as its services are reported.
 *
 * @internal
 */
export type Reported = Pick<Governor, "get" | "listen">

/**
 * Reports the services of this governor, and of the governors inside it, until the scope closes.
 *
 * - `epochOf`: of the latest run on this node; undefined if there was none
 * - `onStandby`: the service may begin on this node
 * - `onCompleted`: the service has completed for good
 *
 * @internal
 */
export const report = (
  governor: Reported,
  ledger: Pick<Ledger, "report" | "complete">,
  { epochOf, onCompleted, onStandby }: {
    readonly epochOf: (path: string) => number | undefined
    readonly onStandby: (path: string) => Effect.Effect<void>
    readonly onCompleted: (path: string) => void
  }
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const changed = yield* Queue.unbounded<string>()
    const standing = yield* Queue.unbounded<string>()
    const handles = new Map<string, ServiceHandle<unknown>>() // those of services that were removed tell the last status
    const keep = (path: string) => {
      const found = Effect.runSyncExit(governor.get(path))
      if (Exit.isSuccess(found)) handles.set(path, found.value)
    }
    const forget = governor.listen((event) => {
      if (!("service" in event)) return
      if (event._tag === "ServiceStandby") Queue.offerUnsafe(standing, event.service)
      if (epochOf(event.service) === undefined) return
      if (event._tag === "ServiceStarting") keep(event.service)
      Queue.offerUnsafe(changed, event.service)
    }, { tree: true })
    yield* Effect.addFinalizer(() => Effect.sync(forget))

    const one = (path: string) =>
      Effect.gen(function*() {
        const [epoch, handle] = [epochOf(path), handles.get(path)]
        if (epoch === undefined || handle === undefined) return
        const status = fromStatus(yield* handle.status)
        const isCompleted = status._tag === "Stopped" && status.outcome === "Completed"
        if (isCompleted) onCompleted(path)
        yield* (isCompleted ? ledger.complete : ledger.report)(path, epoch, status as unknown as Json)
      }).pipe(
        Effect.retry(Schedule.spaced(pause)),
        Effect.orDie
      )
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(standing), onStandby)))
    yield* Effect.forkScoped(Effect.forever(
      Queue.takeAll(changed).pipe(
        Effect.flatMap((paths) => Effect.forEach(new Set(paths), one, { discard: true })),
        Effect.andThen(Effect.sleep(pause))
      )
    ))
  })
