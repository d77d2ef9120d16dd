/**
 * How often a service has begun and failed, each for itself, and what it failed with last.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { causeInWords } from "../operations/inWords.ts"
import type { Timeline } from "../operations/timeline.ts"
import type { Status } from "../operations/View.ts"
import { Ago, At } from "./time.tsx"

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

/** As many as are listed. */
const most = 5

/**
 * Equal failures in a row are one line, the latest first. There is place for them before there are any, and no line moves when
 * there is another: it says something else.
 */
export const Failures = ({ status, timeline: { failures, to } }: Props) => {
  const { lastFailure } = status
  const shown = failures.length > 0 || lastFailure === undefined ? failures : [{
    cause: lastFailure.cause,
    count: 1,
    runs: [lastFailure.run, lastFailure.run] as const,
    first: lastFailure.at,
    last: lastFailure.at
  }]
  return (
    <section aria-labelledby="details-failures">
      <h3 id="details-failures">Failures</h3>
      <ul class="failures" aria-label="Failures, the latest first" tabIndex={0}>
        {shown.length === 0 && <li class="quiet">It has not failed.</li>}
        {shown.slice(-most).toReversed().map((failure, i) => <Row key={i} {...failure} now={to} />)}
        {shown.length > most && <li class="quiet">and {shown.length - most} others before</li>}
      </ul>
    </section>
  )
}

const Row = ({ cause, count, first, last, now, runs }: Timeline["failures"][number] & { readonly now: number }) => (
  <li>
    <strong class="count">{count}×</strong> {causeInWords(cause)}
    <p class="quiet">
      {count === 1 ?
        (
          <>
            run {runs[0]}, <Ago millis={last} now={now} />
          </>
        ) :
        (
          <>
            runs {runs[0]} to {runs[1]}, one each {ageInSeconds(0, Math.max(1000, (last - first) / (count - 1)))}: first
            {" "}
            <At millis={first} now={now} />, last <Ago millis={last} now={now} />
          </>
        )}
    </p>
    <details>
      <summary>Stack</summary>
      <pre tabIndex={0}>{cause.stack}</pre>
    </details>
  </li>
)
