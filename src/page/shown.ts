/**
 * What the page shows of its state. What costs much for many services is made only so often that it takes a fifth of the time.
 */
import { type Cluster, viewIn } from "../operations/inCluster.ts"
import { news } from "../operations/news.ts"
import { type Plan, plan } from "../operations/plan.ts"
import { progressOf } from "../operations/progress.ts"
import type { Recording } from "../operations/Recording.ts"
import type { View } from "../operations/View.ts"
import { type Problem, problems } from "../operations/why.ts"
import { countsOf, type Row, rowsOf } from "./rows.ts"
import { type State, timeOf } from "./store.ts"

export interface Shown {
  readonly recording: Recording
  readonly view: View
  /** What is known of the cluster, if the view is how all is now. */
  readonly cluster: Cluster | undefined
  readonly rows: ReadonlyArray<Row>
  readonly counts: ReturnType<typeof countsOf>
  readonly paced: Paced
}

/** What is made less often, all of it of one view. */
export interface Paced {
  readonly view: View
  readonly news: string
  readonly problems: ReadonlyArray<Problem>
  /** What the command would do that somebody thinks about. */
  readonly plan: Plan | undefined
  /** Whether the governor shuts down, or has shut down. */
  readonly isEnding: boolean
}

/** How long what is made less often stays at least, in milliseconds, and how much longer than it took to make it. */
const [shortest, factor] = [200, 5]

/** Calls `later` when there is something to show that was put off. */
export const showing = (clock: () => number, later: (millis: number) => void) => {
  const viewOf = remembered((recording: Recording, _latest: number, time: number, at: number | undefined) =>
    at === undefined ? recording.view(time) : recording.viewAt(at)
  )
  const lately = paced(clock, later)
  return (state: State): Shown | undefined => {
    const { connection, folded, recording, wish } = state
    if (recording === undefined) return undefined
    const at = wish.at?.sequence
    const [time, latest] = at === undefined ? [timeOf(state), recording.latest] : [0, 0]
    const view = viewOf(recording, latest, time, at)
    const cluster = at === undefined && connection._tag !== "File" ? state.cluster : undefined
    const whole = viewIn(cluster, view)
    return {
      recording,
      view,
      cluster,
      rows: rowsOf(whole, wish, folded),
      counts: countsOf(whole),
      paced: lately(view, state.asking?.order)
    }
  }
}

/** The latest result, as long as the question is the same. */
const remembered = <Q extends ReadonlyArray<unknown>, A>(answer: (...question: Q) => A) => {
  let known: { readonly question: Q; readonly answer: A } | undefined
  return (...question: Q): A => {
    if (known === undefined || question.some((part, i) => known!.question[i] !== part)) {
      known = { question, answer: answer(...question) }
    }
    return known.answer
  }
}

const paced = (clock: () => number, later: (millis: number) => void) => {
  let known: Paced | undefined
  let thought: Plan["command"] | undefined
  let due = 0
  return (view: View, order: Plan["command"] | undefined): Paced => {
    const began = clock()
    if (known !== undefined && (known.view === view || began < due)) {
      if (known.view !== view) later(due - began)
      // Somebody who asks what a command does has an answer at once.
      if (thought !== order) known = { ...known, plan: order && plan(known.view, order) }
      thought = order
      return known
    }
    known = pacedOf(view, order)
    thought = order
    const ended = clock()
    due = ended + Math.max(shortest, factor * (ended - began))
    return known
  }
}

const pacedOf = (view: View, order: Plan["command"] | undefined): Paced => {
  const found = problems(view)
  return {
    view,
    problems: found,
    news: news(view, found),
    plan: order && plan(view, order),
    isEnding: progressOf(view) !== undefined
  }
}
