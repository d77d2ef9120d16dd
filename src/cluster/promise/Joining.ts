/**
 * How the process of a governor joins its cluster, and leaves it: it is in while any service of the governor is active.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { Governor } from "../../Governor.ts"
import { Placement, type Wish } from "../../internal/Placement.ts"
import type { Joining } from "../../promise/GovernorOptions.ts"
import { FencedIn } from "../Fence.ts"
import { makeNode } from "../Node.ts"
import { checkPath } from "../path.ts"
import type { Reported } from "../Reports.ts"
import { endable, expel, steer } from "../Steering.ts"
import { Database } from "./guard.ts"
import type { Checked } from "./options.ts"
import { admit, awaitLeft, dismiss, giveUp, leave, makeStay, nodeFor, type Placed, type Stay } from "./Stay.ts"

type Steered = Reported & Pick<Governor, "door" | "awaitShutdownStart">

/** What a governor and its cluster have to do with each other. */
interface Both {
  readonly options: Checked
  readonly placed: Set<Placed>
  present: Stay | undefined
  /** The latest stay that is over. */
  past: Stay | undefined
}

/** @internal */
export const joiningOf = (options: Checked): Joining => {
  const both: Both = { options, placed: new Set(), present: undefined, past: undefined }
  const database = () => both.present === undefined ? Effect.undefined : Deferred.await(both.present.database)
  const context = Context.add(Context.make(Placement, placementIn(both)), Database, Effect.suspend(database))
  return { context, join: (governor, context) => joinWith(both, governor, context) }
}

// --- the services ---

const placementIn = (both: Both): Placement => ({ door }, path, add) =>
  Effect.gen(function*() {
    const { options: { tables, timing }, placed } = both
    yield* checkPath(path)
    const { scope, end: forget } = yield* endable
    let one: Placed | undefined
    const gate = Effect.suspend(() =>
      Effect.flatMap(nodeIn(both.present, one), (node) => node?.gate(path) ?? Effect.never)
    )
    const handle = yield* Effect.provideService(
      add({ gate, wish: (wish) => wished(both, one, wish), forget }),
      FencedIn,
      { tables, limit: timing.third, service: path }
    )
    const added = one = { door, path, handle, wished: undefined }
    placed.add(added)
    yield* Scope.addFinalizer(
      scope,
      Effect.suspend(() => {
        placed.delete(added)
        return dismiss(both.present ?? both.past, added)
      })
    )
    if (both.present !== undefined) yield* admit(both.present, added)
  })

const nodeIn = (stay: Stay | undefined, placed: Placed | undefined) =>
  stay === undefined || placed === undefined ? Effect.undefined : nodeFor(stay, placed)

/**
 * A command by hand. A node that is in hears of it before it is carried out here, and waits until it is carried out in the
 * whole cluster. Before that, the result returns when the cluster knows of it.
 */
const wished = (both: Both, placed: Placed | undefined, wish: Wish): Effect.Effect<void> => {
  const before = both.present
  const told = (placed && before?.places.get(placed)?.known)?.desires.wish(placed.path, wish)
  if (placed !== undefined && told === undefined) placed.wished = wish // the node may follow the service before the command returns
  return Effect.suspend(() => {
    const stay = before ?? both.present // the command may have begun one
    if (stay === undefined || placed === undefined) return Effect.void
    const later = Effect.flatMap(nodeFor(stay, placed), (node) => node?.desires.written ?? Effect.void)
    return Effect.raceFirst(told ?? later, Deferred.await(stay.hasLeft))
  })
}

// --- the node ---

const joinWith = (both: Both, governor: Steered, context: Context.Context<never>): Effect.Effect<void> => {
  const { door } = governor
  const run = Effect.runForkWith(context)
  door.holdBack()
  door.whileActive(() => {
    const stay = both.present = makeStay()
    const entering = run(enter(both, stay, governor))
    return () => {
      stay.isOver = true
      both.present = undefined
      both.past = stay
      door.holdBack()
      run(Effect.andThen(Fiber.interrupt(entering), leave(stay)))
    }
  })
  return Effect.andThen(
    Effect.yieldNow, // the stay is over in the same step of the governor as its last service
    Effect.suspend(() => both.past === undefined ? Effect.void : awaitLeft(both.past))
  )
}

/** Joins, and lets the services begin. If the node is refused, the governor shuts down. */
const enter = ({ options, past, placed }: Both, stay: Stay, governor: Steered): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Effect.yieldNow // the governor is in the middle of a start
    if (past !== undefined) yield* Deferred.await(past.hasLeft) // it had the same address
    const { host, port, tables, timing, url } = options
    const database = yield* Layer.build(PgClient.layer({ url: Redacted.make(url) }))
    yield* Deferred.succeed(stay.database, Context.get(database, PgClient.PgClient))
    const node = yield* Effect.provide(makeNode({ host, port, timing, tables }), database)
    yield* steer(governor, node)
    yield* Effect.forEach(placed, (one) => admit(stay, one), { discard: true })
    yield* Deferred.succeed(stay.node, node)
    yield* Effect.forEach(Array.from(placed), (one) => nodeFor(stay, one), { discard: true })
    governor.door.letIn()
  }).pipe(
    Scope.provide(stay.scope),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.andThen(giveUp(stay), expel(governor, "this node could not join the cluster", cause))
    )
  )
