/**
 * One stay of a node in its cluster: from the first service that is started until no service is active any more.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Governor } from "../../Governor.ts"
import type { Wish } from "../../internal/Placement.ts"
import type { Node } from "../Node.ts"
import { enroll } from "../Steering.ts"

/**
 * A service that the cluster places, in all stays.
 *
 * @internal
 */
export interface Placed {
  readonly door: Governor["door"]
  /** Its name in the whole cluster. */
  readonly path: string
  /** Its handle in the governor of this door. */
  readonly handle: object
  /** A command by hand that no node has heard of yet. */
  wished: Wish | undefined
}

/** What a service has in one stay. */
interface Place {
  /** The node, once it follows what people want of the service; undefined if it never will. */
  readonly node: Deferred.Deferred<Node | undefined>
  /** The same, if that is known already. */
  known: Node | undefined
  fiber: Fiber.Fiber<unknown> | undefined
}

/** @internal */
export interface Stay {
  readonly scope: Scope.Closeable
  /** The connections to the database, once they are there; undefined if they never will be. */
  readonly database: Deferred.Deferred<SqlClient | undefined>
  /** The node once it is in; undefined if it never will be. */
  readonly node: Deferred.Deferred<Node | undefined>
  readonly places: Map<Placed, Place>
  readonly hasLeft: Deferred.Deferred<void>
  /** No service is active any more. What this node still hears is of no interest to those of the next stay. */
  isOver: boolean
}

/** How long a stay may take to end before nobody waits for that any more, in milliseconds. */
const farewell = 2000

/** @internal */
export const makeStay = (): Stay => ({
  scope: Scope.makeUnsafe(),
  database: Deferred.makeUnsafe(),
  node: Deferred.makeUnsafe(),
  places: new Map(),
  hasLeft: Deferred.makeUnsafe(),
  isOver: false
})

/**
 * This node can have the service, as soon as the node is in.
 *
 * @internal
 */
export const admit = (stay: Stay, placed: Placed): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { places, scope } = stay
    if (places.has(placed)) return
    const place: Place = { node: Deferred.makeUnsafe(), known: undefined, fiber: undefined }
    places.set(placed, place)
    place.fiber = yield* Effect.forkIn(Effect.scoped(life(stay, placed, place)), scope)
  })

const life = (stay: Stay, placed: Placed, place: Place) =>
  Effect.gen(function*() {
    const { door, handle, path } = placed
    const node = yield* Deferred.await(stay.node)
    if (node !== undefined) {
      yield* enroll(node, {
        path,
        claim: door.claim(handle),
        keep: door.keep,
        follow: (wish) => stay.isOver ? Effect.void : door.follow(handle, wish),
        wished: () => takeWish(placed)
      })
    }
    place.known = node
    yield* Deferred.succeed(place.node, node)
    return yield* Effect.never
  })

const takeWish = (placed: Placed): Wish | undefined => {
  const { wished } = placed
  placed.wished = undefined
  return wished
}

/**
 * The service is not there any more. Returns when nothing is left of its run.
 *
 * @internal
 */
export const dismiss = (stay: Stay | undefined, placed: Placed): Effect.Effect<void> => {
  const place = stay?.places.get(placed)
  if (place === undefined) return Effect.void
  stay?.places.delete(placed)
  place.known = undefined
  const over = place.fiber === undefined ? Effect.void : Fiber.interrupt(place.fiber)
  return Effect.andThen(Deferred.succeed(place.node, undefined), over)
}

/**
 * The node, once it follows what people want of the service; undefined if it never will.
 *
 * @internal
 */
export const nodeFor = (stay: Stay, placed: Placed): Effect.Effect<Node | undefined> =>
  Effect.flatMap(Deferred.await(stay.node), () => {
    const place = stay.places.get(placed)
    return place === undefined ? Effect.undefined : Deferred.await(place.node)
  })

/**
 * Nobody shall wait for the node any more, if it is not in.
 *
 * @internal
 */
export const giveUp = ({ database, node, places }: Stay): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Deferred.succeed(database, undefined)
    yield* Deferred.succeed(node, undefined)
    for (const place of places.values()) yield* Deferred.succeed(place.node, undefined)
  })

/**
 * What people want stays in the ledger. Then the services go, and the connections to the database last.
 *
 * @internal
 */
export const leave = (stay: Stay): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* giveUp(stay)
    const node = yield* Deferred.await(stay.node)
    if (node !== undefined) yield* Effect.timeoutOption(node.desires.written, farewell)
    if (node !== undefined) yield* node.leave
    yield* Scope.close(stay.scope, Exit.void)
  }).pipe(Effect.ensuring(Deferred.succeed(stay.hasLeft, undefined)))

/**
 * Returns when the stay has ended, or that takes too long.
 *
 * @internal
 */
export const awaitLeft = (stay: Stay): Effect.Effect<void> =>
  Effect.asVoid(Effect.timeoutOption(Deferred.await(stay.hasLeft), farewell))
