/**
 * Services of which there is one only, or that are in parts, as their options say it.
 */
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Checked } from "../RestartPolicy.ts"
import * as Restart from "./restart.ts"
import type { ServiceOptions } from "./ServiceConfig.ts"

/** @internal */
export interface Parts {
  readonly count: number
  /** The options of each part. Those of the whole are the others. */
  readonly each: ServiceOptions
}

/**
 * Whether a cluster places the service. Throws `InvalidOption`.
 *
 * @internal
 */
export const isSingleton = ({ partitions, singleton = false }: ServiceOptions, service?: string): boolean => {
  const checked = Option.flag("singleton", singleton, service)
  if (!checked || partitions === undefined) return checked
  const expected = "no partitions of a singleton: each part runs in one process only, as it is"
  throw new InvalidOption({ service, field: "partitions", expected, actual: Option.show(partitions) })
}

/**
 * The parts of a service; undefined if the service is in one piece. Throws `InvalidOption`.
 *
 * @internal
 */
export const partsOf = (options: ServiceOptions, service?: string): Parts | undefined =>
  options.partitions === undefined
    ? undefined
    : { count: Option.count("partitions", options.partitions, 1, service), each: eachOf(options) }

const eachOf = ({
  heartbeatTimeout,
  liveness,
  readiness,
  removeWhenOver,
  significant,
  startTimeout,
  stopTimeout
}: ServiceOptions): ServiceOptions => ({
  heartbeatTimeout,
  liveness,
  readiness,
  removeWhenOver,
  significant,
  startTimeout,
  stopTimeout
})

/**
 * The options of the whole: it is ready when its parts are.
 *
 * @internal
 */
export const wholeOf = ({ bindsTo, dependsOn, health, significant }: ServiceOptions): ServiceOptions => ({
  bindsTo,
  dependsOn,
  health,
  significant,
  readiness: "manual"
})

/**
 * When the whole restarts: with its group only, because each part restarts by itself.
 *
 * @internal
 */
export const policyOfWhole = (own: Checked | undefined): Checked =>
  own?._tag === "Never" ? own : Restart.fromArguments(0, { when: "failure", unless: () => true })
