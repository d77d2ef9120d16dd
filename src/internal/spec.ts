/**
 * From options as they come to options as the machines take them. All checks throw `InvalidOption`.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../GovernorOption.ts"
import type { Checked, RestartPolicy } from "../RestartPolicy.ts"
import type * as Service from "../Service.ts"
import type { Spec } from "./Machine.ts"

/** What a service takes from its governor if it says nothing itself. */
export interface Defaults {
  readonly policy: Checked
  readonly stopTimeout: number
}

const serviceKeys = ["restart", "readiness", "stopTimeout"]
const limitKeys = ["maxRestarts", "within", "resetAfter"]
const minute = 60_000

export const fromService = (
  service: Service.Any,
  context: Context.Context<never>,
  defaults: Defaults
): Spec => {
  const name = Option.name(service?.name)
  const { readiness, restart, stopTimeout } = Option.known("options", service.options, serviceKeys, name)
  if (!Effect.isEffect(service.run)) {
    throw new InvalidOption({ service: name, field: "run", expected: "an Effect", actual: Option.show(service.run) })
  }
  return {
    name,
    effect: service.run as Effect.Effect<unknown, unknown>,
    context,
    policy: restart === undefined ? defaults.policy : policy(restart, name),
    automatic: readiness === undefined ||
      Option.oneOf("readiness", readiness, ["automatic", "manual"]) === "automatic",
    stopTimeout: stopTimeout === undefined ? defaults.stopTimeout : timeout("stopTimeout", stopTimeout, name)
  }
}

export const policy = (restart: RestartPolicy, service?: string): Checked => {
  const tag = Option.oneOf("restart", restart?._tag, ["Never", "Always", "OnFailure"])
  if (restart._tag === "Never") return restart
  const { delay, limits } = restart
  const { maxRestarts, resetAfter, within } = Option.known("restart", limits, limitKeys, service)
  return {
    _tag: tag as "Always" | "OnFailure",
    delay: Schedule.isSchedule(delay) ? delay : Option.durationMillis("restart", delay, { service }),
    maxRestarts: maxRestarts === undefined ? Infinity : Option.count("maxRestarts", maxRestarts, 0, service),
    within: within === undefined ? Infinity : timeout("within", within, service),
    resetAfter: resetAfter === undefined ? minute : timeout("resetAfter", resetAfter, service)
  }
}

/** In milliseconds; `Infinity` stands for none. */
export const timeout = (field: string, input: unknown, service?: string): number =>
  Option.durationMillis(field, input, { service, infinite: true })
