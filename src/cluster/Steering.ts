/**
 * What the cluster and a governor of one of its nodes do for each other, through whichever door the governor was made.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Governor } from "../Governor.ts"
import { UnknownNode } from "../GovernorError.ts"
import type { Wish } from "../internal/Placement.ts"
import type { Node } from "./Node.ts"
import { isThere } from "./Replica.ts"
import { report, type Reported } from "./Reports.ts"

/**
 * A scope inside of the present one. `end` closes it before that one closes, and waits for nothing.
 *
 * @internal
 */
export const endable = Effect.gen(function*() {
  const scope = yield* Scope.fork(yield* Effect.scope)
  return { scope, end: () => void Effect.runFork(Scope.close(scope, Exit.void)) }
})

/**
 * A service that the cluster places.
 *
 * - `path`: its name in the whole cluster
 * - `claim`: the governor runs the service while the scope is open
 * - `follow`: does what was wished on another node
 * - `keep`: its governor is not over, until the result is called
 * - `wished`: a command by hand from before the node was in
 *
 * @internal
 */
export interface Enrolled {
  readonly path: string
  readonly claim: Effect.Effect<void, never, Scope.Scope>
  readonly follow: (wish: Wish) => Effect.Effect<void>
  readonly keep: () => () => void
  readonly wished?: () => Wish | undefined
}

/**
 * While the scope is open, the governor runs the service whenever this node has it, and follows what people want of it.
 *
 * @internal
 */
export const enroll = (
  node: Node,
  { claim, follow, keep, path, wished }: Enrolled
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { desires, ledger, register, replica } = node
    yield* Effect.ignore(Effect.andThen(ledger.ensure([path]), replica.read([path])))
    yield* desires.adopt(path, { follow, keep, wished: wished?.() })
    yield* register(path, Effect.andThen(desires.own(path), claim))
  })

/**
 * While the scope is open, the cluster hears how the services are, and the governor shows what the cluster knows. The services
 * go to other nodes before this one waits for what takes long to stop.
 *
 * @internal
 */
export const steer = (
  governor: Reported & Pick<Governor, "door" | "awaitShutdownStart">,
  node: Node
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { desires, epochOf, ledger, replica } = node
    governor.door.joinCluster({ node: node.name, status: replica.status, drain: (other) => drained(node, other) })
    yield* report(governor, ledger, { epochOf, onStandby: desires.again, onCompleted: desires.completed })
    yield* Effect.forkScoped(Effect.andThen(governor.awaitShutdownStart, node.leave))
    const leave = (cause: Cause.Cause<unknown>) =>
      expel(governor, "this node may not be in the cluster any more", cause)
    yield* Effect.forkScoped(Effect.catchCause(node.expelled, leave))
  })

/**
 * Shuts the governor down whose process may not be in the cluster. If a run goes on all the same, the process ends: others may
 * have begun the service. The program cannot end it, because the program may wait for a database that says nothing.
 *
 * @internal
 */
export const expel = (
  { door }: Pick<Governor, "door">,
  message: string,
  cause: Cause.Cause<unknown>
): Effect.Effect<void> => {
  const crash = Effect.sync(() => {
    if (door.lost() !== undefined) setTimeout(() => fail(cause))
  })
  return Effect.gen(function*() {
    yield* Effect.logError(message, cause)
    yield* door.expel(cause, lastMillis)
    yield* Effect.forkDetach(Effect.delay(crash, lastMillis)) // the program may end well until then
  })
}

/** Nobody catches this. */
const fail = (cause: Cause.Cause<unknown>): never => {
  throw Cause.squash(cause)
}

/** How long the services of a node have to stop that may not be in the cluster any more. Others may have them already. */
const lastMillis = 500

/** Another node may not listen at this moment, so it is asked again. One that has left has given all away. */
const drained = (node: Node, other = node.name): Effect.Effect<Effect.Effect<void>, UnknownNode> =>
  Effect.gen(function*() {
    if (other === node.name) return node.leave
    const { ledger, replica } = node
    const ask = ledger.drain(other)
    if (!(yield* ask)) return yield* new UnknownNode({ node: other, known: yield* ledger.nodes })
    const isFree = () => replica.status().every((one) => one.node !== other || !isThere(one))
    return Effect.raceFirst(replica.until(isFree), Effect.asVoid(Effect.repeat(Effect.ignore(ask), askAgain)))
  }).pipe(Effect.catchTag("SqlError", Effect.die))

const askAgain = Schedule.spaced("1 second")
