/**
 * How services are supervised, as data. Pure.
 */
import type * as RestartPolicy from "../../RestartPolicy.ts"
import type * as Service from "../../Service.ts"
import type { ServiceSpec } from "../../ServiceSpec.ts"
import type { ServiceState } from "./ServiceState.ts"

/** The spec of a service, under the name that it has for those who look. */
export const specOf = ({ spec }: ServiceState, name: string): ServiceSpec => {
  const { governor: { strategy }, options, policy, stopTimeout } = spec
  const { bindsTo = [], dependsOn = [], heartbeatTimeout, isOptional, liveness, significant } = options
  return {
    name,
    dependsOn,
    bindsTo,
    readiness: readinessIn(options),
    isProbed: liveness !== undefined,
    significant,
    health: isOptional ? "optional" : "required",
    restart: restartOf(policy),
    strategy,
    ...limited("startTimeout", options.startTimeout),
    ...limited("heartbeatTimeout", heartbeatTimeout),
    ...limited("stopTimeout", stopTimeout)
  }
}

/** When a run is ready, as it is said to those who look. */
export const readinessIn = ({ readiness }: Service.Checked): ServiceSpec["readiness"] =>
  typeof readiness === "string" ? readiness : "probe"

const restartOf = (policy: RestartPolicy.Checked): ServiceSpec["restart"] => {
  if (policy._tag === "Never") return { when: "never" }
  return {
    when: policy._tag === "Always" ? "always" : "failure",
    ...limited("delay", policy.constant),
    ...limited("maxRestarts", policy.maxRestarts),
    ...limited("within", policy.within),
    ...limited("resetAfter", policy.resetAfter)
  }
}

/** What has no limit is absent. */
const limited = <Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } =>
  value === undefined || value === Infinity ? {} : { [key]: value } as { readonly [K in Key]: number }
