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

/** What a service became after its options were checked and its defaults filled in. */
export interface Spec {
  readonly name: string
  /** The same after the names of the services that the governor is in, as the log has it. */
  readonly path: string
  readonly effect: Effect.Effect<unknown, unknown>
  readonly context: Context.Context<never>
  /** Those of the log, from where it was added, if there are any. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
  /** As far as nothing else here says more. */
  readonly options: Service.Checked
  readonly policy: RestartPolicy.Checked
  /** Whether it was itself said to restart never, in OTP's words is temporary: then not even others restart it. */
  readonly isTemporary: boolean
  /** Whether the run is nothing but a promise. */
  readonly isPromise: boolean
  readonly stopTimeout: number
}

/** What a service takes from its governor if it says nothing itself. */
export interface Defaults {
  readonly policy: RestartPolicy.Checked
  readonly stopTimeout: number | undefined
  /** What its path begins with. */
  readonly within: string
}

/** What has to be done once is not done again and again because all others are. */
const inherited = (policy: RestartPolicy.Checked, { readiness }: Service.Checked): RestartPolicy.Checked =>
  readiness === "completed" && policy._tag === "Always" ? { ...policy, _tag: "OnFailure" } : policy

export const fromService = (
  service: Service.Any,
  context: Context.Context<never>,
  defaults: Defaults
): Spec => {
  const name = Option.name(service?.name)
  const options = Service.check(service.options, name)
  const { restart } = service.options
  if (!Effect.isEffect(service.run)) {
    throw new InvalidOption({ service: name, field: "run", expected: "an Effect", actual: Option.show(service.run) })
  }
  const annotations = Context.get(context, CurrentLogAnnotations)
  return {
    name,
    path: defaults.within + name,
    effect: service.run as Effect.Effect<unknown, unknown>,
    context,
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    isPromise: service.isPromise === true,
    isTemporary: restart?._tag === "Never",
    options,
    policy: restart === undefined ? inherited(defaults.policy, options) : RestartPolicy.check(restart, name),
    // A service whose runs may not hang may not hang in its stops either.
    stopTimeout: options.stopTimeout ?? defaults.stopTimeout ??
      (options.heartbeatTimeout === Infinity ? options.startTimeout : options.heartbeatTimeout)
  }
}
