/**
 * Lines of text with styles, as wide as a terminal shows them. Pure.
 */
import { displayWidth } from "effect/cli/CliOutput"
import { printable } from "../../operations/inWords.ts"

/** What most texts have. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

export type Style = "bold" | "dim" | "bad" | "warn" | "good" | "chosen"

export interface Span {
  readonly text: string
  readonly style?: Style | undefined
}

export type Line = ReadonlyArray<Span>

/** What the lines are made for. */
export interface Paper {
  /** In cells; `Infinity`: nobody is bothered by long lines. */
  readonly width: number
  readonly isColoured: boolean
}

const codes: { readonly [S in Style]: number } = { bold: 1, dim: 2, bad: 31, warn: 33, good: 32, chosen: 7 }

/** The sequence that begins a style, after whatever was before. */
export const begin = (style: Style | undefined, isColoured: boolean): string =>
  style === undefined ? "\u001b[0m" : isColoured || style === "chosen" ? `\u001b[0;${codes[style]}m` : "\u001b[0m"

/** Whoever wrote the text may have meant to write to the terminal, or may be another program. */
export const span = (text: string, style?: Style): Span => ({ text: isPlain(text) ? text : printable(text), style })

export const line = (text: string, style?: Style): Line => [span(text, style)]

/** How many cells the text takes. */
export const widthOf = (text: string): number => isPlain(text) ? text.length : displayWidth(text)

export const widthOfLine = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0)

/** Characters as people count them. */
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })

export const charactersIn = (text: string): ReadonlyArray<string> =>
  isPlain(text) ? Array.from(text) : Array.from(segmenter.segment(text), ({ segment }) => segment)

/** The longest beginning of the text that takes no more cells. */
const beginning = (text: string, width: number): string => {
  let [kept, cells] = ["", 0]
  for (const character of charactersIn(text)) {
    cells += widthOf(character)
    if (cells > width) break
    kept += character
  }
  return kept
}

/** As much of the text as fits, with an ellipsis where something is missing. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  return width <= 0 ? "" : `${beginning(text, width - 1)}…`
}

export const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))

/** As much of the line as fits. */
export const cutLine = (line: Line, width: number): Line => {
  if (widthOfLine(line) <= width) return line
  const spans: Array<Span> = []
  let left = width
  for (const { style, text } of line) {
    const cells = widthOf(text)
    // The ellipsis of a span that ends with the line stands for those after it.
    if (cells >= left) {
      spans.push({ text: cut(`${text}  `, left), style })
      break
    }
    spans.push({ text, style })
    left -= cells
  }
  return spans
}

/** The line as it is written to a terminal or a file. */
export const printed = (line: Line, { isColoured, width }: Paper): string =>
  cutLine(line, width).map(({ style, text }) =>
    style === undefined || !isColoured || text === "" ? text : `${begin(style, true)}${text}\u001b[0m`
  ).join("").replace(/ +$/, "")

// --- tables ---

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => Span
  readonly isNumber?: boolean
  /** The column that is left out first has the lowest number. One without a number always stays. */
  readonly leaves?: number
  /** How wide the column is at least, if there is enough room. */
  readonly room?: number
  /** How wide the column is at least, if there is not. */
  readonly atLeast?: number
}

const gap = 2

/** Aligned. If there is not enough room, columns are left out, and then the last one is cut, and then the others. */
export const table = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  width: number
): { readonly head: Line; readonly lines: ReadonlyArray<Line> } => {
  const filled = columns.map((column) => {
    const cells = rows.map((row) => column.cell(row))
    const natural = Math.max(column.room ?? 0, widthOf(column.title), ...cells.map(({ text }) => widthOf(text)))
    return { ...column, cells, natural }
  }).filter(({ cells, leaves }) => leaves === undefined || cells.some(({ text }) => text !== ""))
  const shown = fitting(filled, width)
  const widths = widthsOf(shown, width)
  const lineOf = (spanOf: (column: (typeof shown)[number]) => Span): Line =>
    shown.flatMap((column, i) => {
      const { style, text } = spanOf(column)
      const room = widths[i]!
      const last = i === shown.length - 1
      const fitted = cut(text, room)
      const blank = " ".repeat(Math.max(0, room - widthOf(fitted)))
      const whole = column.isNumber === true ? blank + fitted : last ? fitted : fitted + blank
      return last ? [span(whole, style)] : [span(whole, style), span(" ".repeat(gap))]
    })
  return {
    head: lineOf(({ title }) => span(title, "dim")),
    lines: rows.map((_, i) => lineOf(({ cells }) => cells[i]!))
  }
}

interface Sized {
  readonly natural: number
  readonly leaves?: number
  readonly atLeast?: number
}

const sum = (columns: ReadonlyArray<Sized>, of: (column: Sized) => number): number =>
  columns.reduce((all, column) => all + of(column), gap * Math.max(0, columns.length - 1))

const least = ({ atLeast, natural }: Sized): number => Math.min(natural, atLeast ?? natural)

/** The columns that there is room for, if each takes what it needs at least. */
const fitting = <Column extends Sized>(columns: ReadonlyArray<Column>, width: number): ReadonlyArray<Column> => {
  let shown = columns
  while (sum(shown, least) > width) {
    const leaves = shown.flatMap(({ leaves }) => leaves ?? [])
    if (leaves.length === 0) break
    const first = Math.min(...leaves)
    shown = shown.filter((column) => column.leaves !== first)
  }
  return shown
}

/** What each column gets: the last one first gives up what is not there, and then the others from left to right. */
const widthsOf = (columns: ReadonlyArray<Sized>, width: number): ReadonlyArray<number> => {
  const widths = columns.map(({ natural }) => natural)
  let over = sum(columns, ({ natural }) => natural) - width
  for (const i of [...columns.keys()].toReversed()) {
    if (over <= 0) break
    const given = Math.min(over, widths[i]! - least(columns[i]!))
    widths[i]! -= given
    over -= given
  }
  if (over > 0 && widths.length > 0) widths[0] = Math.max(1, widths[0]! - over)
  return widths
}
