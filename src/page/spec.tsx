/**
 * How a service is supervised.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import type { ServiceSpec } from "../operations/View.ts"

export const Spec = ({ spec }: { readonly spec: ServiceSpec }) => (
  <details class="spec">
    <summary>How it is supervised</summary>
    <dl class="facts">
      {rowsOf(spec).map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  </details>
)

const limit = (millis: number | undefined): string => millis === undefined ? "no limit" : durationInWords(millis)

const readiness = {
  automatic: "it has begun",
  manual: "it says so itself",
  completed: "it has completed",
  probe: "its probe succeeds"
} as const

const rowsOf = (spec: ServiceSpec): ReadonlyArray<readonly [string, string]> => [
  ["Restarts", restartInWords(spec.restart)],
  ["Strategy around it", spec.strategy],
  ["Is ready once", readiness[spec.readiness]],
  ["Liveness probe", spec.isProbed ? "yes" : "no"],
  ["Time to start", limit(spec.startTimeout)],
  ["Time to stop", limit(spec.stopTimeout)],
  ["Heartbeat within", limit(spec.heartbeatTimeout)],
  ["Has to be ready for the program to be ready (/readyz)", spec.health === "required" ? "yes" : "no"],
  ["Ends the program when it ends", significance(spec.significant)]
]

const significance = (significant: ServiceSpec["significant"]): string => {
  if (significant === "failure") return "only if it has failed"
  return significant ? "yes" : "no"
}

const restartInWords = ({ delay, maxRestarts, resetAfter, when, within }: ServiceSpec["restart"]): string => {
  if (when === "never") return "never"
  return [
    when === "always" ? "always" : "after a failure",
    delay === undefined ? "after a delay that grows or changes" : `after ${durationInWords(delay)}`,
    ...(maxRestarts === undefined
      ? []
      : [`${maxRestarts} times at most${within === undefined ? "" : ` within ${durationInWords(within)}`}`]),
    ...(resetAfter === undefined ? [] : [`from 0 again once it was ready for ${durationInWords(resetAfter)}`])
  ].join(", ")
}
