/**
 * What is wrong, by what it comes from: since when, what is next, and who else is hit.
 */
import { clockOf, dayOf } from "../operations/clock.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { named } from "../operations/inWords.ts"
import type { View } from "../operations/View.ts"
import type { Problem } from "../operations/why.ts"
import type { Acts } from "./acts.ts"
import { ServiceLink } from "./link.tsx"
import type { Paced } from "./shown.ts"
import { State } from "./state.tsx"

/** How many are drawn. Who has more has one problem that is not among these. */
const [mostProblems, mostNames] = [50, 8]

interface Props {
  readonly paced: Paced
  readonly acts: Acts
  readonly mayAct: boolean
}

export const Problems = ({ acts, mayAct, paced: { problems, view } }: Props) => (
  <section class="problems" aria-labelledby="problems" data-sequence={view.sequence}>
    <h2 id="problems">
      {problems.length === 0
        ? "✓ Nothing is wrong"
        : problems.length === 1
        ? "1 problem"
        : `${problems.length} problems`}
    </h2>
    <div class="scroll" tabIndex={0} role="group" aria-labelledby="problems">
      <ol style={{ height: `calc(${Math.min(problems.length, mostProblems + 1)} * var(--problem))` }}>
        {problems.slice(0, mostProblems).map((problem, i) => (
          <One key={problem.root} place={i} problem={problem} view={view} acts={acts} mayAct={mayAct} />
        ))}
        {problems.length > mostProblems && (
          <li class="problem quiet" style={placed(mostProblems)}>and {problems.length - mostProblems} more</li>
        )}
      </ol>
    </div>
  </section>
)

/** Each has its place without the others, so that nothing is laid out anew when one comes or goes. */
const placed = (place: number) => ({ transform: `translateY(calc(${place} * var(--problem)))` })

const One = ({ acts, mayAct, place, problem: { affects, root, sentence, since }, view }: {
  readonly place: number
  readonly problem: Problem
  readonly view: View
  readonly acts: Acts
  readonly mayAct: boolean
}) => {
  const status = view.services.get(root)
  const name = named(root)
  return (
    <li class="problem" data-root={root} style={placed(place)}>
      {status && <State of={status._tag} />}
      <p class="cause" title={sentence}>
        <ServiceLink path={root} onSelect={acts.select} />
        {sentence.startsWith(name) ? sentence.slice(name.length) : ` ${sentence}`}
      </p>
      <span class="since" title={`since ${dayOf(since, view.now)}${clockOf(since)}`}>
        {status?._tag === "Backoff" ? "failing for" : "for"} {ageInSeconds(since, view.now)}
      </span>
      {status?._tag === "Backoff" && (
        <button
          type="button"
          disabled={!mayAct}
          onClick={() => acts.ask({ _tag: "Start", service: root })}
        >
          Run now…<span class="hidden">: {name}</span>
        </button>
      )}
      {affects.length > 0 && <Affected affects={affects} root={root} onSelect={acts.select} />}
    </li>
  )
}

const Affected = ({ affects, onSelect, root }: {
  readonly affects: ReadonlyArray<string>
  readonly root: string
  readonly onSelect: (path: string) => void
}) => (
  <p class="hits">
    {affects.length === 1 ? "Hits 1 more:" : `Hits ${affects.length} more:`}{" "}
    {affects.slice(0, mostNames).map((path, i) => (
      <span key={path}>
        {i > 0 && ", "}
        <ServiceLink path={path} onSelect={onSelect} />
      </span>
    ))}
    {affects.length > mostNames && (
      <>
        {" "}and <ServiceLink path={root} text={`${affects.length - mostNames} more`} onSelect={onSelect} />
      </>
    )}
  </p>
)
