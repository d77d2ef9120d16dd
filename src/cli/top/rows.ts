/**
 * The lines of `top`, from its state. Pure.
 */
import type { Known } from "../../operations/because.ts"
import { placeInShort } from "../../operations/inCluster.ts"
import { inLine, named, namesInWords } from "../../operations/inWords.ts"
import { news } from "../../operations/news.ts"
import { type Problem, problems, why } from "../../operations/why.ts"
import { eventLine } from "../shown/events.ts"
import { columns, placed, type Row, rowOf, withoutName } from "../shown/services.ts"
import { type Column, type Line, line, padded, span, table, widthOf, widthOfLine } from "../shown/text.ts"
import { age, ageInSteps, clock } from "../shown/times.ts"
import { whyLines } from "../shown/whys.ts"
import { clusterNow, indexIn, isRoomy, roomOf, type State } from "./state.ts"

export interface Shown {
  readonly lines: ReadonlyArray<Line>
  /** How long what is shown stays as it is if nothing happens, in milliseconds. */
  readonly staysFor: number
}

export const shownOf = (state: State): Shown => {
  const all: Known = { ...state.all, view: { ...state.all.view, now: state.now } }
  const found = state.isWell ? [] : problems(all.view, all)
  const [worst] = found
  const body = bodyOf(state, all)
  return {
    lines: [
      headOf(state, all, found),
      ...worstOf(worst, state),
      ...filled(body.lines, roomOf(state.size) + 1),
      footOf(state)
    ],
    staysFor: worst !== undefined || state.link._tag === "Lost" || all.view.closing !== undefined ? 1000 : body.staysFor
  }
}

const filled = (lines: ReadonlyArray<Line>, count: number): ReadonlyArray<Line> =>
  Array.from({ length: count }, (_, i) => lines[i] ?? [])

// --- the two lines on top ---

/** What is not how it is now never looks so. */
const headOf = ({ at, link, now, size }: State, all: Known, found: ReadonlyArray<Problem>): Line => {
  const { view } = all
  const head: Line = [span(`${inLine(view.governor, 40)}  `, "bold"), span(news(view, found, all), "bold")]
  const then = clock(view.now, Date.now())
  if (link._tag === "Lost") {
    const words = `connection lost for ${age(now - link.since)}, state of ${clock(link.since, now)}: ${link.why}`
    return [span(padded(words, size.width), "chosen")]
  }
  if (link._tag === "Ended") {
    return [span(padded(`the governor has shut down at ${clock(link.since, now)}`, size.width), "chosen")]
  }
  if (at !== undefined || link._tag === "File") {
    return [span(`as of ${then}, event ${view.sequence}`, "chosen"), span("  "), ...head]
  }
  return head
}

/** What is broken, since when and why, and what is next. */
const worstOf = (worst: Problem | undefined, { now, size }: State): ReadonlyArray<Line> => {
  if (worst === undefined) return isRoomy(size) ? [[], []] : [[]]
  const { affects, root, sentence, since } = worst
  const who: Line = [span(named(root), "bad"), span(` is not well since ${clock(since, now)} (${age(now - since)})`)]
  const why = withoutName(root, sentence)
  const others = affects.length === 0 ? "" : `; neither ${affects.length === 1 ? "is" : "are"} ${namesInWords(affects)}`
  return isRoomy(size) ? [[...who, span(others)], line(`  ${why}`)] : [[...who, span(`: ${why}${others}`)]]
}

// --- the middle ---

const bodyOf = (state: State, all: Known): Shown => {
  switch (state.mode._tag) {
    case "Why":
      return { lines: whyOf(state, all, state.mode), staysFor: 1000 }
    case "Help":
      return { lines: help, staysFor: 60_000 }
    default:
      return tableOf(state, all)
  }
}

/** How wide the columns are at least, so that nothing moves while the services change. */
const room: Readonly<Record<string, number>> = { STATE: 8, RUN: 4, SINCE: 9 }

const steady: ReadonlyArray<Column<Row>> = columns.map((column) =>
  Object.assign({}, column, { room: room[column.title] ?? 0 })
)

const tableOf = (state: State, all: Known): Shown => {
  const { items } = state
  const index = indexIn(items, state.chosen)
  const cluster = clusterNow(state)
  const rows = items.slice(state.first, state.first + roomOf(state.size)).map(([node, branch]) => {
    const [row, seen] = [rowOf(all, node, branch, ageInSteps), cluster?.services.get(node.path)]
    return seen === undefined ? row : placed(row, seen, state.now)
  })
  const [service, ...others] = steady
  const { head, lines } = table([{ ...service!, room: Math.min(state.longest, 40) }, ...others], rows, state.size.width)
  const isStale = state.link._tag === "Lost" || state.link._tag === "Ended"
  return {
    lines: [head, ...lines.map((line, i) => styled(line, state.first + i === index, isStale, state.size.width))],
    staysFor: rows.reduce((least, { staysFor }) => Math.min(least, staysFor), 60_000)
  }
}

const styled = (line: Line, isChosen: boolean, isStale: boolean, width: number): Line => {
  if (!isChosen) return isStale ? line.map(({ text }) => span(text, "dim")) : line
  const rest = Math.max(0, width - widthOfLine(line))
  return [...line.map(({ text }) => span(text, "chosen")), span(" ".repeat(rest), "chosen")]
}

/** How many events of one service a reader takes in. */
const latest = 12

const whyOf = (state: State, all: Known, { first, path }: Extract<State["mode"], { readonly _tag: "Why" }>) => {
  const found = why(all.view, path)
  if (found === undefined) return [line(`${named(path)} was removed`, "warn")]
  const events = all.view.events.filter((event) => "service" in event && event.service === path).slice(-latest)
  const seen = clusterNow(state)?.services.get(path)
  const lines = [
    ...whyLines(found, state.now),
    ...(seen === undefined ? [] : [[], line(`in the cluster: ${seen.state}, ${placeInShort(seen, state.now)}`)]),
    [],
    ...events.map((event) => eventLine(event, state.now))
  ]
  return lines.slice(Math.min(first, Math.max(0, lines.length - roomOf(state.size))))
}

const help: ReadonlyArray<Line> = [
  "↑ ↓ PgUp PgDn Home End   choose a service",
  "Enter                    why it is as it is, and its latest events",
  "/                        show only what has this in its name, or is in this state: /ingest, /fail, /in*er",
  "s                        sort: worst first, name, crashes, latest change, as added",
  "t                        as a tree",
  "← → [ ]                  an event, or ten, back and on in time; n: now",
  "r x u                    restart, stop, start the service: shows whom that hits, and asks",
  "Ctrl-L                   draw the screen again",
  "q Ctrl-C                 quit"
].map((text) => line(text))

// --- the line below ---

const footOf = (state: State): Line => {
  const { mode, note, size } = state
  if (mode._tag === "Filter") return [span("/", "bold"), span(inLine(state.filter) + "▏")]
  if (mode._tag === "Confirm") return [span(questionOf(mode), "warn")]
  if (note !== undefined) return line(inLine(note), "warn")
  const { items } = state
  const left = mode._tag === "List"
    ? `? help  / filter  s ${state.isTree ? "tree" : state.order}${
      state.filter === "" ? "" : `  filter: ${inLine(state.filter)}`
    }`
    : "Esc back"
  const last = Math.min(items.length, state.first + roomOf(size))
  const right = `${items.length === 0 ? 0 : state.first + 1}-${last} of ${items.length}`
  const gap = size.width - widthOf(left) - widthOf(right)
  return gap < 1 ? line(right, "dim") : line(`${left}${" ".repeat(gap)}${right}`, "dim")
}

const questionOf = ({ act, path, plan }: Extract<State["mode"], { readonly _tag: "Confirm" }>): string => {
  if (plan === undefined) return `${act} ${named(path)}? …`
  return plan.refused === undefined
    ? `${act} ${named(path)}? ${plan.sentence} [y/N]`
    : `${act} ${named(path)}: ${plan.sentence}`
}
