/**
 * The selected service: why it is as it is, what has happened to it, whom it needs, and what it writes.
 */
import { useMemo } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { processInWords } from "../internal/input/processInWords.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { inLine, named } from "../operations/inWords.ts"
import { type Timeline as Recorded, timelineOf } from "../operations/timeline.ts"
import { beside, type Node, treeOf } from "../operations/Tree.ts"
import type { Status } from "../operations/View.ts"
import { why } from "../operations/why.ts"
import { Failures, Numbers } from "./history.tsx"
import { Lines } from "./lines.tsx"
import { Links } from "./links.tsx"
import { Neighbourhood } from "./neighbourhood.tsx"
import type { Panel } from "./panel.ts"
import { Spec } from "./spec.tsx"
import { State } from "./state.tsx"
import { Ago, At } from "./time.tsx"
import { Timeline } from "./timeline.tsx"
import { Why } from "./why.tsx"

interface Props extends Panel {
  readonly path: string
  /** Asks for the lines of the log that are new. They are in the recording then. */
  readonly pollLines: () => Promise<void>
  /** Whether the view is how the governor is now. */
  readonly isLive: boolean
}

export const Details = ({ isLive, onSelect, path, pollLines, recording, view }: Props) => {
  const before = useMemo(() => recording.viewAt(0), [recording, recording.head.sequence])
  const answer = why(view, path)
  const timeline = timelineOf({
    before: before.services.get(path),
    events: view.events,
    from: before.now,
    now: view.now,
    path
  })
  const status = view.services.get(path)
  const spec = view.specs.get(path)
  return (
    <section class="details" aria-labelledby="details-name" data-path={path} data-state={status?._tag}>
      <header>
        <h2 id="details-name">{named(path)}</h2>
        {status && <State of={status._tag} />}
        {status && <span class="quiet">for {ageInSeconds(status.since, view.now)}</span>}
      </header>
      {answer === undefined || status === undefined
        ? <p>There is no such service{view.sequence < recording.latest ? " at this moment" : ""}.</p>
        : (
          <>
            <Why why={answer} view={view} onSelect={onSelect} />
            <Life status={status} timeline={timeline} />
            <Numbers status={status} timeline={timeline} />
            <Timeline timeline={timeline} />
            <Failures status={status} timeline={timeline} />
          </>
        )}
      {status && <Neighbours view={view} path={path} onSelect={onSelect} />}
      {spec && <Spec spec={spec} />}
      <Lines recording={recording} view={view} path={path} isLive={isLive} pollLines={pollLines} />
    </section>
  )
}

const Life = (
  { status, status: { process, run, since, startedAt }, timeline, timeline: { to: now } }: {
    readonly status: Status
    readonly timeline: Recorded
  }
) => (
  <dl class="facts">
    <div>
      <dt>State since</dt>
      <dd>
        <Ago millis={since} now={now} />
      </dd>
    </div>
    <div>
      <dt>Latest run</dt>
      <dd>
        {startedAt === undefined ? "none yet" : (
          <>
            {run}, began <At millis={startedAt} now={now} />
          </>
        )}
      </dd>
    </div>
    <div>
      <dt>Was ready</dt>
      <dd>
        {readinessInWords(status, timeline)}
      </dd>
    </div>
    {process && (
      <div>
        <dt>It is</dt>
        <dd>{inLine(processInWords(process))}</dd>
      </div>
    )}
  </dl>
)

/** The latest run, which may be over, or not ready any more. */
const readinessInWords = ({ _tag, startedAt }: Status, { from, readyAt }: Recorded): string => {
  if (startedAt === undefined) return "not yet"
  if (readyAt !== undefined) return `after ${durationInWords(readyAt - startedAt)}`
  if (startedAt < from) return "not since the oldest event that is kept"
  return _tag === "Starting" ? "not yet" : "no"
}

const pathsOf = (nodes: ReadonlyArray<Node>): ReadonlyArray<string> => nodes.map(({ path }) => path)

const Neighbours = ({ onSelect, path, view }: Pick<Panel, "view" | "onSelect"> & { readonly path: string }) => {
  const tree = treeOf(view)
  const node = tree.nodes.get(path)
  if (node === undefined) return null
  // Those that were not added are named too.
  const needed = Array.from(new Set(node.spec?.dependsOn), (name) => beside(node, name))
  const groups = [
    ["Needs", needed],
    ["Needed by", pathsOf(node.dependents)],
    ["Inside it", pathsOf(node.inside)],
    ["Inside of", pathsOf(node.around ? [node.around] : [])]
  ] as const
  const known = groups.filter(([, paths]) => paths.length > 0)
  if (known.length === 0) return null
  return (
    <section aria-labelledby="details-neighbours">
      <h3 id="details-neighbours">Needs, and is needed by</h3>
      <Neighbourhood view={view} tree={tree} path={path} onSelect={onSelect} />
      <dl class="facts">
        {known.map(([title, paths]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <Links paths={paths} view={view} onSelect={onSelect} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
