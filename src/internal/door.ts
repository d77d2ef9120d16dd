/**
 * The members of a governor that only this package uses: its doors, and the run around a nested governor.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import {
  type DuplicateService,
  type GovernorClosed,
  GovernorFailed,
  type InvalidOption,
  type RunAbandoned
} from "../GovernorError.ts"
import type { RestartPolicy } from "../RestartPolicy.ts"
import type { Service } from "../Service.ts"
import type { Enter } from "../ServiceRun.ts"
import type { Ends, ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import type { Cluster, Wish } from "./Cluster.ts"
import * as Commands from "./engine/commands.ts"
import { letIn } from "./engine/lease.ts"
import { attend } from "./engine/loop.ts"
import { forgetCounts, keep, whileActive } from "./engine/makeGovernor.ts"
import { endsOf, expel, hurry } from "./engine/shutdown.ts"
import { Handle } from "./Handle.ts"
import { type GovernorState, type Hold, timeoutOf } from "./lifecycle/GovernorState.ts"
import { allLostIn, lostIn } from "./lifecycle/report.ts"

/** The key of the door of a governor that shows nothing else of its core. */
export const doorKey = Symbol("door")

/**
 * - `restart`: the policy of the services that have none of their own
 * - `whileActive`: calls the hold when the first service becomes active. The function that the hold returned is called
 *   with the report when no service is active any more
 * - `onSettledLate`: calls the function when an abandoned run has settled, also one of a governor inside
 * - `enterRuns`: each run that begins later begins in this function
 * - `limitShutdown`: sets how long a shutdown may take, in milliseconds, unless the options of the governor set that
 * - `isAwaited`: whether a caller waits for a shutdown or for the end of all services
 * - `closed`: returns the report once a shutdown is complete. A caller that waits for it does not count in `isAwaited`
 * - `below`: the governor that was provided where this governor was made
 * - `isInside`: whether the governor was made in a run of another governor
 * - `shutdownTimeout`: how long a shutdown may take, in milliseconds
 * - `closing`: why the governor shuts down, once a shutdown was asked for
 * - `isClosed`: whether a shutdown is complete
 * - `awaitEnd`: as `awaitShutdown`. Fails if a significant service failed; or any service, if the services are to complete
 * - `ends`: how each service ended up to now that was ever started
 * - `lost`: the error of an abandoned run that may still be there, if there is one
 * - `unsettled`: the paths of the services with such a run; of each governor inside, the first
 * - `hurry`: gives the present shutdown less time, if the run around this governor has less time left, or if it shall not take
 *   longer than these milliseconds from now
 * - `expel`: shuts down within these milliseconds, because the process may not be in its cluster (any more). The report is not
 *   ok, however the services end
 * - `state`: the record of the governor, for the governor around this one
 * - `forget`: removes the metrics, because the service around this governor was removed
 * - `cluster`: the cluster that the process is in, if it is in one
 * - `joinCluster`: the process is a node of this cluster
 * - `holdBack`: nothing begins until `letIn` is called, because the process is not in its cluster yet
 * - `place`: as `add`, for a service that a cluster places. The governor runs the service only while it has the claim, and each
 *   run passes the gate before it begins, which gives its epoch
 * - `follow`: does what somebody wished of such a service on another node. Unlike the same command of the handle, the cluster
 *   does not hear of this
 * - `keep`: counts one more service as active, until the result is called or a shutdown begins: the governor is not over
 * - `claim`: the claim of such a service. It is lost as the scope closes, which takes until nothing is left of the run
 * - `release`: removes a service as its layer closes, within the time that a shutdown may take
 */
export interface Door {
  readonly name: string
  readonly restart: RestartPolicy
  readonly whileActive: (hold: Hold) => void
  readonly onSettledLate: (call: () => void) => void
  readonly enterRuns: (enter: Enter) => void
  readonly limitShutdown: (millis: number) => void
  readonly isAwaited: () => boolean
  readonly closed: Effect.Effect<ShutdownReport>
  readonly below: Door | undefined
  readonly isInside: boolean
  readonly shutdownTimeout: () => number
  readonly closing: () => ShutdownReason | undefined
  readonly isClosed: () => boolean
  readonly awaitEnd: (mustComplete?: boolean) => Effect.Effect<ShutdownReport, GovernorFailed>
  readonly ends: () => Ends
  readonly lost: () => RunAbandoned | undefined
  readonly unsettled: () => ReadonlyArray<string>
  readonly hurry: (millis?: number) => void
  readonly expel: (cause: Cause.Cause<unknown>, millis: number) => Effect.Effect<ShutdownReport>
  readonly state: unknown
  readonly forget: () => void
  readonly cluster: () => Cluster | undefined
  readonly joinCluster: (cluster: Cluster) => void
  readonly holdBack: () => void
  readonly letIn: () => void
  readonly place: <E, R>(
    service: Service<E, R>,
    placed: Commands.Placed
  ) => Effect.Effect<Handle<E>, DuplicateService | GovernorClosed | InvalidOption, Exclude<R, Scope.Scope>>
  readonly follow: (handle: object, wish: Wish) => Effect.Effect<void>
  readonly keep: () => () => void
  readonly claim: (handle: object) => Effect.Effect<void, never, Scope.Scope>
  readonly release: (
    handle: { readonly remove: Effect.Effect<void, unknown> },
    exit: Exit.Exit<unknown, unknown>
  ) => Effect.Effect<void>
}

export const doorOf = (
  state: GovernorState,
  governor: string,
  restart: RestartPolicy,
  below: Door | undefined,
  place: Door["place"]
): Door => {
  const { services, shutdown } = state
  return {
    name: governor,
    restart,
    whileActive: (hold) => whileActive(state, hold),
    onSettledLate: (call) => {
      state.settledLate = call
    },
    enterRuns: (enter) => {
      state.enter = enter
    },
    limitShutdown: (millis) => {
      shutdown.timeout = millis
    },
    isAwaited: () => state.idlers.length > 0 || shutdown.waiting > 0,
    closed: Deferred.await(shutdown.done),
    below,
    isInside: state.nest !== undefined,
    shutdownTimeout: () => timeoutOf(state),
    closing: () => shutdown.request?.reason,
    isClosed: () => shutdown.state._tag === "Closed",
    awaitEnd: (mustComplete = false) =>
      Effect.flatMap(Commands.awaitShutdown(state), (report) => {
        const failed = state.significantFailure ?? (mustComplete ? failedIn(report) : undefined)
        if (failed === undefined) return Effect.succeed(report)
        const cause = failed.cause === undefined ? {} : { cause: Cause.squash(failed.cause) }
        return Effect.fail(new GovernorFailed({ governor, service: failed.service, report, ...cause }))
      }),
    ends: () => endsOf(state),
    lost: () => lostIn(services.values()),
    unsettled: () => Array.from(allLostIn(services.values()), ({ service }) => service),
    hurry: (millis) => hurry(state, millis),
    expel: (cause, millis) => expel(state, cause, millis),
    state,
    forget: () => forgetCounts(state),
    cluster: () => state.cluster,
    joinCluster: (cluster) => {
      state.cluster = cluster
    },
    holdBack: () => {
      state.isHeldBack = true
    },
    letIn: () => {
      letIn(state)
      attend(state)
    },
    place,
    follow: (handle, wish) => handle instanceof Handle ? handle.follow(wish) : Effect.void,
    keep: () => keep(state),
    claim: (handle) => handle instanceof Handle ? handle.claim : Effect.void,
    release: (handle, exit) => handle instanceof Handle ? handle.release(exit) : Effect.ignore(handle.remove)
  }
}

/** The first service in the report that has not ended well. */
const failedIn = ({ services }: ShutdownReport) => {
  const failed = services.find(({ cause, outcome }) => outcome !== "Stopped" || cause !== undefined)
  return failed && { service: failed.name, cause: failed.cause }
}
