/**
 * How a service is supervised, as data for those who look at a governor.
 *
 * @since 0.1.0
 */

/**
 * How a service is supervised.
 *
 * **Details**
 *
 * These are the options of the service, completed by those of its governor. All times are in milliseconds. What has no
 * limit is absent.
 *
 * - `name`: the name of the service, or its path: `"ingest/reader"`
 * - `dependsOn`, `bindsTo`: the services beside it in the same governor. `dependsOn` has those of `bindsTo` too
 * - `readiness`: when a run is ready; `"probe"`: when its readiness probe succeeds
 * - `isProbed`: whether there is a liveness probe
 * - `restart`: the restart policy. `delay` is absent if the delay is not always the same
 * - `strategy`: of the governor that the service is in
 *
 * **Example** (Naming the services that may stop for as long as they like)
 *
 * ```ts
 * import type { ServiceSpec } from "effect-governor"
 *
 * const unlimited = (specs: ReadonlyArray<ServiceSpec.ServiceSpec>) =>
 *   specs.filter(({ stopTimeout }) => stopTimeout === undefined).map(({ name }) => name)
 *
 * const api: ServiceSpec.ServiceSpec = {
 *   name: "api",
 *   dependsOn: ["database"],
 *   bindsTo: [],
 *   readiness: "automatic",
 *   isProbed: false,
 *   significant: false,
 *   health: "required",
 *   restart: { when: "always", delay: 1000, resetAfter: 60_000 },
 *   strategy: "one-for-one"
 * }
 * console.log(unlimited([api])) // [ 'api' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceSpec {
  readonly name: string
  readonly dependsOn: ReadonlyArray<string>
  readonly bindsTo: ReadonlyArray<string>
  readonly readiness: "automatic" | "manual" | "completed" | "probe"
  readonly isProbed: boolean
  readonly significant: boolean | "failure"
  readonly health: "required" | "optional"
  readonly restart: RestartSpec
  readonly strategy: "one-for-one" | "one-for-all" | "rest-for-one" | "dependents"
  readonly startTimeout?: number
  readonly heartbeatTimeout?: number
  readonly stopTimeout?: number
}

/** A restart policy as data. */
interface RestartSpec {
  readonly when: "never" | "always" | "failure"
  readonly delay?: number
  readonly maxRestarts?: number
  readonly within?: number
  readonly resetAfter?: number
}
