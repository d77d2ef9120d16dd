/**
 * How often a service has begun and failed, each for itself, and what it failed with last.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { causeInWords } from "../operations/inWords.ts"
import type { Timeline } from "../operations/timeline.ts"
import type { Status } from "../operations/View.ts"
import { Ago } from "./time.tsx"

interface Props {
  readonly status: Status
  readonly timeline: Timeline
}

const hour = 3_600_000

export const Numbers = ({ status, timeline: { latest, to } }: Props) => {
  const span = to - latest.since
  const recent = span >= hour
    ? "in the last hour"
    : `in the last ${durationInWords(Math.max(1, Math.round(span / 1000)) * 1000)}`
  const rows = [
    ["Runs", status.run, latest.runs],
    ["Crashes", status.crashes, latest.crashes],
    ["Restarts by the policy, since the last start by hand", status.restarts, latest.restarts],
    ["Restarts by hand", status.restartsByHand ?? 0, latest.restartsByHand]
  ] as const
  return (
    <table class="numbers">
      <thead>
        <tr>
          <td />
          <th scope="col">in all</th>
          <th scope="col">{recent}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([title, all, few]) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            <td>{all}</td>
            <td>{few}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface FailureProps {
  readonly failure: NonNullable<Status["lastFailure"]>
  readonly run: number
  readonly now: number
}

export const Failure = ({ failure: { at, cause, run: failed }, now, run }: FailureProps) => (
  <section class="failure" aria-labelledby="details-failure">
    <h3 id="details-failure">Last failure</h3>
    <p>
      <strong>{causeInWords(cause)}</strong>
    </p>
    <p class="quiet">
      run {failed}
      {failed === run ? "" : ` (this is run ${run})`}, <Ago millis={at} now={now} />
    </p>
    <details>
      <summary>Stack</summary>
      <pre tabIndex={0}>{cause.stack}</pre>
    </details>
  </section>
)
