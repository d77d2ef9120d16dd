/**
 * How the services came up. Pure.
 */
import type { Chain } from "../../operations/chain.ts"
import { between, inLine, named } from "../../operations/inWords.ts"
import { type Column, type Line, line, span, table } from "./text.ts"

type Start = Chain["starts"][number]

interface Row {
  readonly start: Start
  readonly begin: number
  /** The chain has a mark. */
  readonly isCritical: boolean
}

const columns: ReadonlyArray<Column<Row>> = [
  {
    title: "SERVICE",
    cell: ({ isCritical, start }) =>
      span(`${isCritical ? "* " : "  "}${inLine(start.name)}`, isCritical ? "bold" : undefined),
    atLeast: 12
  },
  { title: "READY", cell: ({ begin, start }) => span(readyOf(start, begin)), isNumber: true },
  { title: "WORKED", cell: ({ start }) => span(between(0, start.worked)), isNumber: true, leaves: 3 },
  { title: "WAITED", cell: ({ start }) => span(between(0, start.waited)), isNumber: true, leaves: 2 },
  { title: "RUNS", cell: ({ start }) => span(String(start.runs)), isNumber: true, leaves: 0 },
  {
    title: "AFTER",
    cell: ({ start }) => span(start.after === undefined ? "" : named(start.after)),
    leaves: 1,
    atLeast: 6
  }
]

const readyOf = ({ ready, state }: Start, begin: number): string =>
  ready === undefined ? state.toLowerCase() : `+${between(begin, ready)}`

/** The sentence, the chain from its beginning to its end, and each service with its waiting time apart from its work. */
export const chainLines = (chain: Chain, width: number): ReadonlyArray<Line> => {
  const { begin, critical, isWhole, sentence, starts } = chain
  const isCritical = new Set(critical.map(({ name }) => name))
  const { head, lines } = table(
    columns,
    starts.map((start) => ({ start, begin, isCritical: isCritical.has(start.name) })),
    width
  )
  return [
    line(sentence, "bold"),
    [],
    ...critical.map(({ name, took }, i): Line => [
      span(i === 0 ? "  " : "→ "),
      span(named(name)),
      span(`  ${between(0, took)}`, "dim")
    ]),
    ...(critical.length > 0 ? [[]] : []),
    head,
    ...lines,
    ...(isWhole ? [] : [line("the first events are not kept any more: what came before is not known", "warn")])
  ]
}
