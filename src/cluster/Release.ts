/**
 * How a node gives a service away.
 *
 * The run of a service may take long to stop, and no other node may begin before it has ended. Effect's cluster keeps the
 * lock of the service for as long as the claim takes to be released.
 *
 * When the lock is lost meanwhile, nothing keeps the other nodes off: the run must end soon, or its process must.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"

/**
 * What a node needs to hold a service.
 *
 * @internal
 */
export interface Lease {
  /** A third of the lease, in milliseconds. */
  readonly third: number
  /** Whether this node still has the lock. */
  readonly confirm: Effect.Effect<boolean, unknown>
  /** The lock is lost, and the run goes on a third of the lease later: its process must end. */
  readonly outlived: Effect.Effect<void>
}

/**
 * Holds the claim of a service until this effect is interrupted. The interruption takes until the claim is released, unless
 * the run outlives the lease.
 *
 * @internal
 */
export const hold = (claim: Effect.Effect<void, never, Scope.Scope>, lease: Lease): Effect.Effect<never> =>
  Effect.acquireUseRelease(
    Effect.tap(Scope.make(), (scope) => Scope.provide(claim, scope)),
    () => Effect.never,
    (scope) => release(Scope.close(scope, Exit.void), lease)
  )

/** A run that outlives the lease is not waited for: whoever waits for it keeps the process up. */
const release = (ending: Effect.Effect<void>, lease: Lease): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.forkDetach(ending, { startImmediately: true, uninterruptible: true }),
    (fiber) => Effect.raceFirst(Fiber.join(fiber), Effect.interruptible(outlive(lease)))
  )

/** Confirms the lock again and again. Ends when the run must have ended because the lock is lost. */
const outlive = ({ confirm, outlived, third }: Lease): Effect.Effect<void> =>
  Effect.gen(function*() {
    const isHeld = confirm.pipe(
      Effect.retry({ times: 5, schedule: Schedule.spaced(50) }),
      Effect.timeout(third / 2),
      Effect.catchCause(() => Effect.succeed(false))
    )
    let lost = yield* now // the run may have to end because the lock is lost already
    yield* Effect.sleep(third / 4) // most runs need no more
    while (yield* isHeld) {
      yield* Effect.sleep(third / 2)
      lost = yield* now
    }
    yield* Effect.sleep(Math.max(0, lost + third - (yield* now)))
    yield* outlived
  })

const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
