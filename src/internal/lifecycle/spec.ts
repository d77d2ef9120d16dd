/**
 * How a service is supervised: its options, checked and completed by the defaults of its governor. All checks throw
 * `InvalidOption`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { CurrentLogAnnotations } from "effect/References"
import * as RestartPolicy from "../../RestartPolicy.ts"
import * as Service from "../../Service.ts"
import * as Option from "../input/GovernorOption.ts"
import type { Entry } from "../telling/log.ts"
import type { Voice } from "../telling/Voice.ts"
import type { GovernorState } from "./GovernorState.ts"

/** A service whose options were checked. */
export interface CheckedService {
  readonly name: string
  readonly effect: Effect.Effect<unknown, unknown>
  /** Whether the effect may ask for the scope of its run. */
  readonly isScoped: boolean
  /** All options except the restart policy. */
  readonly options: Service.Checked
  /** The service's own policy; undefined: the service takes that of its governor. */
  readonly policy: RestartPolicy.Checked | undefined
}

/** The context in which services were added. All services that were added in one context share one object. */
export interface Place {
  readonly context: Context.Context<never>
  /** The log annotations in that context, if there are any. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
  /** Where the governor's lines about these services go. */
  readonly voice: Voice
  /** The context once somebody keeps what these services write to the log, and who does. */
  heard: { readonly by: (entry: Entry) => void; readonly context: Context.Context<never> } | undefined
}

/** The values that a service takes from its governor where it sets none itself. */
export interface Defaults {
  readonly policy: RestartPolicy.Checked
  readonly stopTimeout: number | undefined
}

/** How a service is supervised. Services that are supervised alike share one object. */
export interface Spec {
  readonly governor: GovernorState
  readonly place: Place
  readonly options: Service.Checked
  readonly policy: RestartPolicy.Checked
  /** Whether its runs have scopes. */
  readonly isScoped: boolean
  /**
   * Whether the service has the policy `never` of its own (in OTP: is temporary). Then it does not begin again with its
   * group either.
   */
  readonly isTemporary: boolean
  /** In milliseconds; undefined: no limit, as for most services. */
  readonly stopTimeout: number | undefined
  /** The limit of a run that hangs, which does not end when asked to. */
  readonly hangTimeout: number | undefined
}

export const placeOf = (context: Context.Context<never>, { outbox }: GovernorState): Place => {
  const annotations = Context.get(context, CurrentLogAnnotations)
  return {
    context,
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    voice: outbox.voice.in(context),
    heard: undefined
  }
}

export const checkService = (service: Service.Any): CheckedService => {
  const name = Option.serviceName(service?.name)
  const options = Service.check(service.options, name)
  const { options: { restart }, run } = service
  const effect = Option.effect("run", run, name) as Effect.Effect<unknown, unknown>
  const policy = restart === undefined ? undefined : RestartPolicy.check(restart, name)
  return { name, effect, isScoped: true, options, policy }
}

/**
 * Returns a function that makes specs. Services that are supervised alike share a spec if they come one after another.
 */
export const maker = (governor: GovernorState): (service: CheckedService, place: Place, defaults: Defaults) => Spec => {
  let latest:
    | { readonly spec: Spec; readonly policy: RestartPolicy.Checked | undefined; readonly of: Defaults }
    | undefined
  return (service, place, defaults) => {
    const { isScoped, options, policy } = service
    const isSame = latest !== undefined && latest.spec.place === place && latest.spec.options === options &&
      latest.spec.isScoped === isScoped && latest.policy === policy && latest.of === defaults
    if (!isSame) latest = { spec: make(governor, service, place, defaults), policy, of: defaults }
    return latest!.spec
  }
}

const make = (
  governor: GovernorState,
  { isScoped, options, policy }: CheckedService,
  place: Place,
  defaults: Defaults
): Spec => ({
  governor,
  place,
  options,
  policy: policy ?? inherited(defaults.policy, options),
  isScoped,
  isTemporary: policy?._tag === "Never",
  stopTimeout: options.stopTimeout ?? defaults.stopTimeout,
  hangTimeout: options.stopTimeout ?? defaults.stopTimeout ?? hangTimeout(options)
})

/** Without a `stopTimeout`, a hung run has as long to end as it had to show that it is alive. */
const hangTimeout = ({ heartbeatTimeout, liveness, startTimeout }: Service.Checked): number | undefined => {
  const probeTimeout = liveness === undefined ? startTimeout : liveness.every * liveness.failures
  const timeout = heartbeatTimeout === Infinity ? probeTimeout : heartbeatTimeout
  return timeout === Infinity ? undefined : timeout
}

/**
 * A service with `readiness: "completed"` has to complete only once. So a policy of its governor restarts it after a
 * failure only, even if that policy restarts all other services after a completion too.
 */
const inherited = (policy: RestartPolicy.Checked, { readiness }: Service.Checked): RestartPolicy.Checked =>
  readiness === "completed" && policy._tag === "Always" ? { ...policy, _tag: "OnFailure" } : policy
