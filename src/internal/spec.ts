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
  readonly effect: Effect.Effect<unknown, unknown>
  readonly context: Context.Context<never>
  /** Those of the log, from where it was added, if there are any. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
  /** As far as nothing else here says more. */
  readonly options: Service.Checked
  readonly policy: RestartPolicy.Checked
  /** Whether the run is nothing but a promise. */
  readonly isPromise: boolean
  readonly stopTimeout: number
}

/** What a service takes from its governor if it says nothing itself. */
export interface Defaults {
  readonly policy: RestartPolicy.Checked
  readonly stopTimeout: number | undefined
}

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
    effect: service.run as Effect.Effect<unknown, unknown>,
    context,
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    isPromise: service.isPromise === true,
    options,
    policy: restart === undefined ? defaults.policy : RestartPolicy.check(restart, name),
    // A service whose runs may not hang may not hang in its stops either.
    stopTimeout: options.stopTimeout ?? defaults.stopTimeout ??
      (options.heartbeatTimeout === Infinity ? options.startTimeout : options.heartbeatTimeout)
  }
}
