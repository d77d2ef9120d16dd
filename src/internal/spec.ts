/**
 * From options as they come to options as the machines take them. All checks throw `InvalidOption`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { CurrentLogAnnotations } from "effect/References"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../GovernorOption.ts"
import * as RestartPolicy from "../RestartPolicy.ts"
import * as Service from "../Service.ts"

/** What a run does: an effect for a fiber, or a call that returns a promise. */
type Work =
  | { readonly effect: Effect.Effect<unknown, unknown>; readonly body: undefined }
  | { readonly effect: undefined; readonly body: Service.ServiceInput }

/** A service whose options were checked. */
export type CheckedService = Work & {
  readonly name: string
  /** As far as nothing else here says more. */
  readonly options: Service.Checked
  /** Its own, if it has one. */
  readonly policy: RestartPolicy.Checked | undefined
}

/** What runs have of where they were added. There may be many from there, hence one object for all. */
export interface Place {
  readonly context: Context.Context<never>
  /** Those of the log, if there are any. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
}

/** What a service takes from its governor if it says nothing itself, beside the policy. */
export interface Defaults {
  readonly stopTimeout: number | undefined
  /** What its path begins with. */
  readonly within: string
}

/** What a service became after its options were checked and its defaults filled in. */
export type Spec = Work & {
  readonly name: string
  /** The same after the names of the services that the governor is in, as the log has it. */
  readonly path: string
  readonly place: Place
  readonly options: Service.Checked
  readonly policy: RestartPolicy.Checked
  /** Whether it was itself said to restart never, in OTP's words is temporary: then not even others restart it. */
  readonly isTemporary: boolean
  /** In milliseconds; undefined, as for most: no limit. */
  readonly stopTimeout: number | undefined
}

export const placeOf = (context: Context.Context<never>): Place => {
  const annotations = Context.get(context, CurrentLogAnnotations)
  return { context, annotations: Object.keys(annotations).length > 0 ? annotations : undefined }
}

export const checkService = (service: Service.Any): CheckedService => {
  const name = Option.name(service?.name)
  const options = Service.check(service.options, name)
  const { options: { restart }, promise, run } = service
  if (!Effect.isEffect(run)) {
    throw new InvalidOption({ service: name, field: "run", expected: "an Effect", actual: Option.show(run) })
  }
  const policy = restart === undefined ? undefined : RestartPolicy.check(restart, name)
  return promise?.run === run
    ? { name, options, policy, effect: undefined, body: promise.body }
    : { name, options, policy, effect: run as Effect.Effect<unknown, unknown>, body: undefined }
}

/** `inheritable`: the policy it takes from its governor. */
export const make = (
  service: CheckedService,
  place: Place,
  inheritable: RestartPolicy.Checked,
  defaults: Defaults
): Spec => {
  const { body, effect, name, options, policy } = service
  return {
    name,
    path: defaults.within + name,
    effect,
    body,
    place,
    options,
    policy: policy ?? inherited(inheritable, options),
    isTemporary: policy?._tag === "Never",
    stopTimeout: options.stopTimeout ?? defaults.stopTimeout ?? hangTimeout(options)
  } as Spec
}

/** A service whose runs may not hang may not hang in its stops either. */
const hangTimeout = ({ heartbeatTimeout, startTimeout }: Service.Checked): number | undefined => {
  const timeout = heartbeatTimeout === Infinity ? startTimeout : heartbeatTimeout
  return timeout === Infinity ? undefined : timeout
}

/** What has to be done once is not done again and again because all others are. */
const inherited = (policy: RestartPolicy.Checked, { readiness }: Service.Checked): RestartPolicy.Checked =>
  readiness === "completed" && policy._tag === "Always" ? { ...policy, _tag: "OnFailure" } : policy
