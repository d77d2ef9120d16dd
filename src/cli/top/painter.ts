/**
 * Cells in, escape sequences out: only what has changed is written. Pure.
 */
import { begin, charactersIn, cutLine, type Line, type Style, widthOf } from "../shown/text.ts"

/** A character, or nothing where the character before takes two cells. */
interface Cell {
  readonly text: string
  readonly style: Style | undefined
}

interface Row {
  readonly line: Line
  readonly cells: ReadonlyArray<Cell>
}

export interface Screen {
  readonly width: number
  readonly height: number
  readonly rows: ReadonlyArray<Row>
}

const blank: Cell = { text: " ", style: undefined }

/** As many of the lines as fit. What is as it was on the screen before is taken from there. */
export const screenOf = (
  lines: ReadonlyArray<Line>,
  { height, width }: { readonly width: number; readonly height: number },
  before?: Screen
): Screen => {
  const old = before?.width === width ? before.rows : []
  const rows = Array.from({ length: height }, (_, y): Row => {
    const line = lines[y] ?? []
    const row = old[y]
    return row !== undefined && isSame(row.line, line) ? row : { line, cells: cellsOf(line, width) }
  })
  return { width, height, rows }
}

const isSame = (one: Line, other: Line): boolean =>
  one === other || (one.length === other.length &&
    one.every(({ style, text }, i) => text === other[i]!.text && style === other[i]!.style))

const cellsOf = (line: Line, width: number): ReadonlyArray<Cell> => {
  const cells: Array<Cell> = []
  for (const { style, text } of cutLine(line, width)) {
    for (const character of charactersIn(text)) {
      const taken = widthOf(character)
      if (taken === 0) continue
      cells.push({ text: character, style })
      if (taken === 2) cells.push({ text: "", style })
    }
  }
  while (cells.length < width) cells.push(blank)
  return cells
}

/** What is written so that the screen is as it is to be. The whole screen is, if it was not drawn yet or has another size. */
export const changes = (before: Screen | undefined, after: Screen, isColoured: boolean): string => {
  const isNew = before === undefined || before.width !== after.width || before.height !== after.height
  const pieces = after.rows.map((row, y) => {
    const old = isNew ? undefined : before.rows[y]!
    return old === row ? "" : changesInRow(old?.cells, row.cells, y, isColoured)
  })
  const text = pieces.join("")
  if (isNew) return `\u001b[0m\u001b[2J${text}`
  return text
}

/** Fewer cells that stay as they are take less to write again than to jump over. */
const jump = 6

const changesInRow = (
  old: ReadonlyArray<Cell> | undefined,
  cells: ReadonlyArray<Cell>,
  y: number,
  isColoured: boolean
): string => {
  const isChanged = cells.map((cell, x) => {
    const before = old === undefined ? blank : old[x]!
    return cell.text !== before.text || cell.style !== before.style
  })
  let text = ""
  for (let x = 0; x < cells.length; x++) {
    if (!isChanged[x]) continue
    let end = x + 1
    for (let next = end; next < cells.length && next - end < jump; next++) if (isChanged[next]) end = next + 1
    text += runOf(cells, x, end, y, isColoured)
    x = end
  }
  return text
}

const runOf = (cells: ReadonlyArray<Cell>, from: number, to: number, y: number, isColoured: boolean): string => {
  let text = `\u001b[${y + 1};${from + 1}H`
  let style: Style | undefined
  for (let x = from; x < to; x++) {
    const cell = cells[x]!
    if (cell.style !== style) {
      style = cell.style
      text += begin(style, isColoured)
    }
    text += cell.text
    // Terminals do not agree on how wide such characters are.
    if (cell.text.length > 1 && x + 1 < to) text += `\u001b[${x + 1 + widthOf(cell.text)}G`
  }
  return style === undefined ? text : `${text}\u001b[0m`
}
