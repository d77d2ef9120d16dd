/**
 * The restart options of the promise API, converted to a policy of the core.
 */
import type * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import * as RestartPolicy from "../RestartPolicy.ts"

/**
 * How a service is restarted, besides the delay.
 *
 * **Details**
 *
 * - `when`: `"always"` (default), or `"failure"`, which restarts after a crash only
 * - `unless`: gets the error of a crash. If it answers true, the service is not restarted, but `Failed` with this error.
 *   What it throws is logged as an error, and counts as false. Default: false for all errors
 * - `backoff`: each delay is `factor` (default 2) times the last delay, up to `max`. With `jitter`, each delay is
 *   changed at random by up to 20 %, and never exceeds `max`. Default: always the same delay
 * - `maxRestarts`: after more restarts than this inside `within`, the service is given up and is `Failed`. Default: no
 *   limit
 * - `within`: the window in which restarts are counted. Default: for ever
 * - `resetAfter`: once a run stayed ready for this long, the count is zero and the backoff starts over. Default: 1
 *   minute
 *
 * An abandoned run that settles while its service is still wanted up counts as a crash.
 *
 * **Example** (Restarts with growing delays and a limit)
 *
 * ```ts
 * import { Governor, type RestartOptions } from "effect-governor/promise"
 *
 * const patiently: RestartOptions = {
 *   when: "failure",
 *   unless: (error) => error instanceof TypeError, // a bug of ours: no restart mends it
 *   backoff: { max: "1 minute", jitter: true },
 *   maxRestarts: 3,
 *   within: "1 hour"
 * }
 *
 * const governor = new Governor().restart("5 millis", patiently)
 * governor.add("feed", () => Promise.reject(new Error("no connection")))
 * governor.start()
 * console.log((await governor.waitForShutdown()).ok) // false, after four runs
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface RestartOptions extends Omit<RestartPolicy.Limits, "while"> {
  readonly when?: "always" | "failure" | undefined
  readonly unless?: ((error: unknown) => boolean) | undefined
  readonly backoff?: {
    readonly factor?: number | undefined
    readonly max: Duration.Input
    readonly jitter?: boolean | undefined
  } | undefined
}

/**
 * When to restart, as an option: the delay, the delay with options, or `false` for never.
 *
 * **Example** (All three forms)
 *
 * ```ts
 * import { Governor, type RestartInput } from "effect-governor/promise"
 *
 * const restarts: Record<string, RestartInput> = {
 *   cache: "1 second",
 *   feed: { after: "1 second", backoff: { max: "1 minute" } },
 *   migration: false
 * }
 *
 * const governor = new Governor()
 * for (const [name, restart] of Object.entries(restarts)) governor.add(name, () => {}, { restart })
 * console.log(governor.status().map((status) => status.name)) // [ 'cache', 'feed', 'migration' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type RestartInput = Duration.Input | (RestartOptions & { readonly after: Duration.Input }) | false

const keys = ["when", "unless", "backoff", "maxRestarts", "within", "resetAfter"]

/** @internal */
export const fromInput = (input: RestartInput, service?: string): RestartPolicy.Checked => {
  if (input === false) return RestartPolicy.check(RestartPolicy.never)
  if (typeof input !== "object" || input === null || !("after" in input)) return fromArguments(input, {}, service)
  const { after, ...options } = input
  return fromArguments(after, options, service)
}

/**
 * Makes the policy of `restart(after, options)`. Throws `InvalidOption`.
 *
 * @internal
 */
export const fromArguments = (
  after: Duration.Input,
  options: RestartOptions,
  service?: string
): RestartPolicy.Checked => {
  const { backoff, unless, when, ...limits } = Option.known("restart", options, keys, service)
  const millis = Option.durationMillis("restart", after, { service })
  const delay = backoff === undefined ? millis : exponential(millis, backoff, service)
  const policy = Option.oneOf("when", when ?? "always", ["always", "failure"], service) === "always"
    ? RestartPolicy.always(delay, limits)
    : RestartPolicy.onFailure(delay, limits)
  const checked = RestartPolicy.check(policy, service) // checked here, so that the error can name the service
  return unless === undefined || checked._tag === "Never"
    ? checked
    : { ...checked, condition: conditionOf(Option.callable("unless", unless, service)) }
}

const conditionOf = (unless: (error: unknown) => boolean): RestartPolicy.Condition => (reason) =>
  !unless(reason._tag === "Fail" ? reason.error : reason.defect)

const exponential = (millis: number, backoff: NonNullable<RestartOptions["backoff"]>, service?: string) => {
  const { factor, jitter, max } = Option.known("backoff", backoff, ["factor", "max", "jitter"], service)
  const cap = Option.durationMillis("backoff.max", max, { service })
  if (millis === 0) refuse("restart", "a delay above 0, because a backoff multiplies the delay", millis, service)
  if (factor !== undefined && !(factor >= 1 && Number.isFinite(factor))) {
    refuse("backoff.factor", "a number of at least 1", factor, service)
  }
  if (jitter !== undefined && typeof jitter !== "boolean") refuse("backoff.jitter", "true or false", jitter, service)
  const growing = Schedule.min([Schedule.exponential(millis, factor), Schedule.spaced(cap)])
  return jitter === true ? Schedule.min([Schedule.jittered(growing), Schedule.spaced(cap)]) : growing
}

const refuse = (field: string, expected: string, actual: unknown, service?: string): never => {
  throw new InvalidOption({ service, field, expected, actual: Option.show(actual) })
}
