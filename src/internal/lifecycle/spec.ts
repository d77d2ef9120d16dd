/**
 * How a service is supervised: from options as they come to options as the engine takes them. All checks throw
 * `InvalidOption`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { CurrentLogAnnotations } from "effect/References"
import { InvalidOption } from "../../GovernorError.ts"
import * as RestartPolicy from "../../RestartPolicy.ts"
import * as Service from "../../Service.ts"
import * as Option from "../input/GovernorOption.ts"
import type { GovernorState } from "./GovernorState.ts"

/** A service whose options were checked. */
export interface CheckedService {
  readonly name: string
  readonly effect: Effect.Effect<unknown, unknown>
  /** Whether the effect may ask for the scope of its run. */
  readonly isScoped: boolean
  /** As far as nothing else here says more. */
  readonly options: Service.Checked
  /** Its own, if it has one. */
  readonly policy: RestartPolicy.Checked | undefined
}

/** What runs have of where their service was added: one object for all that were added there. */
export interface Place {
  readonly context: Context.Context<never>
  /** The annotations of the log, if there are any. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
}

/** What a service takes from its governor if it says nothing itself. */
export interface Defaults {
  readonly policy: RestartPolicy.Checked
  readonly stopTimeout: number | undefined
}

/** How a service is supervised. */
export interface Spec {
  readonly governor: GovernorState
  readonly place: Place
  readonly options: Service.Checked
  readonly policy: RestartPolicy.Checked
  /** Whether its runs have scopes. */
  readonly isScoped: boolean
  /**
   * Whether the service was itself said to restart never, in OTP's words is temporary: then not even others restart it.
   */
  readonly isTemporary: boolean
  /** In milliseconds; undefined, as for most services: no limit. */
  readonly stopTimeout: number | undefined
}

export const placeOf = (context: Context.Context<never>): Place => {
  const annotations = Context.get(context, CurrentLogAnnotations)
  return { context, annotations: Object.keys(annotations).length > 0 ? annotations : undefined }
}

export const checkService = (service: Service.Any): CheckedService => {
  const name = Option.name(service?.name)
  const options = Service.check(service.options, name)
  const { options: { restart }, run } = service
  if (!Effect.isEffect(run)) {
    throw new InvalidOption({ service: name, field: "run", expected: "an Effect", actual: Option.show(run) })
  }
  const policy = restart === undefined ? undefined : RestartPolicy.check(restart, name)
  return { name, effect: run as Effect.Effect<unknown, unknown>, isScoped: true, options, policy }
}

/** Makes specs: services that say the same, one after another, share one. */
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
  stopTimeout: options.stopTimeout ?? defaults.stopTimeout ?? hangTimeout(options)
})

/** A service whose runs may not hang may not hang in its stops either. */
const hangTimeout = ({ heartbeatTimeout, startTimeout }: Service.Checked): number | undefined => {
  const timeout = heartbeatTimeout === Infinity ? startTimeout : heartbeatTimeout
  return timeout === Infinity ? undefined : timeout
}

/** What has to be done once is not done again and again because all others are. */
const inherited = (policy: RestartPolicy.Checked, { readiness }: Service.Checked): RestartPolicy.Checked =>
  readiness === "completed" && policy._tag === "Always" ? { ...policy, _tag: "OnFailure" } : policy
