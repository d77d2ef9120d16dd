/**
 * What people want of the services: on each node the same, and as the ledger says. A command by hand, on any node, is written
 * to the ledger, and each node follows the ledger.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ClusterStatus, Desired } from "../ClusterStatus.ts"
import type { Wish } from "../internal/Placement.ts"
import type { Ledger } from "./Ledger.ts"
import { isThere, type Replica } from "./Replica.ts"

/**
 * - `adopt`: this node has the service, while the scope is open
 * - `own`: this node runs the service, while the scope is open
 * - `wish`: a command by hand on this node. The result returns when the command is carried out, on whichever node
 * - `again`: makes sure that a service stays down that nobody wants to run
 * - `completed`: the service has completed on this node, which the ledger is about to know
 * - `restart`: somebody wants the owner to restart the service
 * - `written`: returns when all is in the ledger that was wished on this node
 * - `isAdopted`: whether this node has the service
 *
 * @internal
 */
export interface Desires {
  readonly adopt: (path: string, one: Adopted) => Effect.Effect<void, never, Scope.Scope>
  readonly own: (path: string) => Effect.Effect<void, never, Scope.Scope>
  readonly wish: (path: string, wish: Wish) => Effect.Effect<void>
  readonly again: (path: string) => Effect.Effect<void>
  readonly completed: (path: string) => void
  readonly restart: (path: string) => Effect.Effect<void>
  readonly written: Effect.Effect<void>
  readonly isAdopted: (path: string) => boolean
}

/**
 * - `follow`: does what was wished on another node
 * - `keep`: its governor is not over, until the result is called
 * - `wished`: a command by hand from before the node has adopted the service
 */
interface Adopted {
  readonly follow: (wish: Wish) => Effect.Effect<void>
  readonly keep: () => () => void
  readonly wished?: Wish | undefined
}

/** A service of this node. */
interface Local {
  readonly service: Adopted
  /** What this node knows to be wanted. */
  desired: Desired
  /** Its governor is kept, because the service was stopped and may be started. */
  kept: (() => void) | undefined
  /** What was wished here and is not in the ledger yet. */
  pending: Desired | undefined
  /** Whether the ledger said something else before the latest of these writes. */
  hasChanged: boolean
  isOwned: boolean
}

/** How long to wait before a write that failed is tried again, or a restart is asked for again that nobody heard of. */
const again = Schedule.spaced("1 second")

/** @internal */
export const makeDesires = (ledger: Ledger, replica: Replica): Effect.Effect<Desires, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const locals = new Map<string, Local>()
    const toWrite = yield* Queue.unbounded<string>()

    const follow = (path: string, wish: Wish) => {
      const local = locals.get(path)
      if (local === undefined) return Effect.void
      const followed = Effect.ensuring(local.service.follow(wish), Effect.sync(() => letGo(local)))
      return Effect.forkIn(followed, scope)
    }
    const followAll = Effect.suspend(() =>
      Effect.forEach(toFollow(locals, replica), ([path, desired]) => follow(path, commandFor(desired)), {
        discard: true
      })
    )
    yield* Effect.forkScoped(Stream.runForEach(replica.changes, () => followAll))
    yield* Effect.forkScoped(
      Effect.forever(Effect.flatMap(Queue.take(toWrite), (path) => write(ledger, replica, path, locals.get(path))))
    )

    return {
      adopt: (path, service) => Effect.andThen(adopt(locals, toWrite, path, service), followAll),
      own: (path) => Effect.suspend(() => own(locals.get(path))),
      wish: (path, wish) => {
        const local = locals.get(path)
        if (local === undefined) return Effect.void
        // Written whatever this node knows: it may have missed what was wished elsewhere.
        want(local, desiredBy(wish))
        local.pending = local.desired
        Queue.offerUnsafe(toWrite, path)
        const isWritten = Effect.suspend(() => {
          letGo(local)
          return replica.until(() => local.pending === undefined)
        })
        return Effect.andThen(isWritten, carriedOut(ledger, replica, path, wish, local))
      },
      again: (path) => locals.get(path)?.desired === "running" ? Effect.void : follow(path, "stop"),
      completed: (path) => {
        const local = locals.get(path)
        if (local?.desired !== "running") return
        want(local, "completed")
        letGo(local)
      },
      restart: (path) => locals.get(path)?.isOwned === true ? follow(path, "restart") : Effect.void,
      written: replica.until(() => Array.from(locals.values()).every(({ pending }) => pending === undefined)),
      isAdopted: (path) => locals.has(path)
    }
  })

/** While the scope is open, this node has the service. */
const adopt = (locals: Map<string, Local>, toWrite: Queue.Queue<string>, path: string, service: Adopted) => {
  const pending = service.wished && desiredBy(service.wished)
  const local: Local = { service, desired: "running", kept: undefined, pending, hasChanged: false, isOwned: false }
  const begin = Effect.sync(() => {
    locals.set(path, local)
    if (pending === undefined) return
    want(local, pending)
    Queue.offerUnsafe(toWrite, path)
  })
  const end = Effect.sync(() => {
    local.kept?.()
    if (locals.get(path) === local) locals.delete(path)
  })
  return Effect.acquireRelease(begin, () => end)
}

/** While the scope is open, this node runs the service. */
const own = (local: Local | undefined): Effect.Effect<void, never, Scope.Scope> => {
  if (local === undefined) return Effect.void
  const owned = (isOwned: boolean) =>
    Effect.sync(() => {
      local.isOwned = isOwned
    })
  return Effect.acquireRelease(owned(true), () => owned(false))
}

/** A governor whose services were all stopped by hand would be over, and nobody could start them again. */
const want = (local: Local, desired: Desired): void => {
  local.desired = desired
  if (desired === "stopped") local.kept ??= local.service.keep()
}

/** To be called when the service has begun, or is over: else the governor would be over in between. */
const letGo = (local: Local): void => {
  if (local.desired === "stopped") return
  local.kept?.()
  local.kept = undefined
}

const commandFor = (desired: Desired): Wish => desired === "running" ? "start" : "stop"

/** The services of which the ledger wants something else than this node knows. What was wished here is not in the ledger yet. */
const toFollow = (locals: ReadonlyMap<string, Local>, replica: Replica): ReadonlyArray<readonly [string, Desired]> =>
  Array.from(locals).flatMap(([path, local]) => {
    const desired = replica.get(path)?.desired
    if (desired === undefined || desired === local.desired || local.pending !== undefined) return []
    want(local, desired)
    return [[path, desired]]
  })

const desiredBy = (wish: Wish): Desired => wish === "stop" ? "stopped" : "running"

/** The latest wish is written, until the database has it. */
const write = (ledger: Ledger, replica: Replica, path: string, local: Local | undefined): Effect.Effect<void> =>
  Effect.gen(function*() {
    const desired = local?.pending
    if (local === undefined || desired === undefined) return
    const write = ledger.desire(path, desired)
    const hasChanged = yield* Effect.catchTag(
      write,
      "UnknownService",
      () => Effect.andThen(ledger.ensure([path]), write)
    )
    yield* replica.read([path])
    local.hasChanged = hasChanged
    if (local.pending === desired) local.pending = undefined
    yield* replica.look
  }).pipe(Effect.retry(again), Effect.orDie)

/** Waits for the owner, if that is another node. What this node knows was read after the command was written. */
const carriedOut = (ledger: Ledger, replica: Replica, path: string, wish: Wish, local: Local): Effect.Effect<void> =>
  Effect.suspend(() => {
    const before = replica.get(path)
    if (before === undefined || (wish !== "stop" && local.isOwned)) return Effect.void
    const until = (holds: (now: ClusterStatus) => boolean) =>
      replica.until(() => {
        const now = replica.get(path)
        return now === undefined || now.desired !== desiredBy(wish) || holds(now)
      })
    if (wish === "stop") return until((now) => !isThere(now))
    if (local.hasChanged) return until((now) => isThere(now) && now.status !== undefined)

    // Those who want a service to run that shall run already want its owner to begin.
    const isOver = before.state === "Failed" || before.state === "Stopped"
    if (wish === "start" && !isOver) return Effect.void
    const ask = Effect.repeat(Effect.ignore(ledger.restart(path, before.epoch)), again)
    const hasBegun = until(({ epoch, state, status }) =>
      state === "Waiting" || (epoch > before.epoch && status !== undefined) // the gate is passed, and the run has begun
    )
    return Effect.raceFirst(hasBegun, Effect.asVoid(ask))
  })
