/**
 * The life of a service as far as it was recorded, as a picture and in words.
 */
import { clockOf } from "../operations/clock.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { drawn, type Segment, type Timeline as Life } from "../operations/timeline.ts"
import { State } from "./state.tsx"
import { At } from "./time.tsx"

/** As many places as the picture has. */
const places = 300
/** As many lines as the list has. */
const most = 50

/** How high each state is drawn, in percent: who sees no colours sees this. */
const heights: { readonly [State in Segment["state"]]: number } = {
  Running: 100,
  Starting: 60,
  Stopping: 60,
  Backoff: 35,
  Waiting: 20,
  Standby: 8,
  Failed: 12,
  Stopped: 8,
  Pending: 4
}

export const Timeline = ({ timeline }: { readonly timeline: Life }) => {
  const { from, segments, to } = timeline
  if (segments.length === 0) return null
  return (
    <section class="timeline" aria-labelledby="details-timeline">
      <h3 id="details-timeline">Runs</h3>
      <Picture timeline={timeline} />
      <p class="axis quiet">
        <At millis={from} now={to} />
        <span>{ageInSeconds(from, to)}</span>
        <At millis={to} now={to} />
      </p>
      <details>
        <summary>As a list</summary>
        <ol class="states" reversed>
          {segments.slice(-most).toReversed().map((segment) => (
            <li key={segment.from}>
              <At millis={segment.from} now={to} /> <State of={segment.state} />
              <span class="quiet">
                {segment.run > 0 && `run ${segment.run}, `}for {ageInSeconds(segment.from, segment.to)}
              </span>
            </li>
          ))}
        </ol>
        {segments.length > most && <p class="quiet">and {segments.length - most} before</p>}
      </details>
    </section>
  )
}

const Picture = ({ timeline }: { readonly timeline: Life }) => {
  const { failedAt, from, segments, to } = timeline
  const at = (time: number): number => to > from ? (time - from) / (to - from) * 100 : 0
  const marks = new Set(failedAt.map((time) => Math.round(at(time) / 100 * places)))
  const [first] = segments
  const label = `From ${
    clockOf(first!.from)
  } on. States: ${segments.length}, failures: ${failedAt.length}. The list below has them.`
  return (
    <svg class="bars" role="img" aria-label={label} width="100%" height="36">
      {drawn(timeline, places).map((segment) => {
        const height = heights[segment.state] / 100 * 26
        return (
          <rect
            key={segment.from}
            class={segment.state}
            x={`${at(segment.from)}%`}
            width={`${Math.max(0.15, at(segment.to) - at(segment.from))}%`}
            y={36 - height}
            height={height}
          >
            <title>{`${segment.state}, run ${segment.run}, ${clockOf(segment.from)} to ${clockOf(segment.to)}`}</title>
          </rect>
        )
      })}
      {Array.from(
        marks,
        (place) => (
          <line
            key={place}
            class="failed"
            x1={`${place / places * 100}%`}
            x2={`${place / places * 100}%`}
            y1={0}
            y2={7}
          />
        )
      )}
    </svg>
  )
}
