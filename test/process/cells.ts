/** The table "What is promised when who dies" of `docs/processes.md`, and the tests of its cells. */
import { readFileSync } from "node:fs"
import { describe, it } from "vitest"

/** What becomes of what: the columns of the table. */
export const columns = ["the run", "its group", "other services", "the governor and its report", "log lines"] as const

export type Column = typeof columns[number]

const tested: Array<string> = []

/** The cells that have a test. */
export const testedCells = (): ReadonlyArray<string> => tested

/**
 * The tests of a row. Each way to die is played once, and each cell looks at what was seen of it.
 *
 * - `ways`: the ways to die, by name
 */
export const row = <Seen>(
  who: string,
  ways: Readonly<Record<string, () => Promise<Seen>>>,
  cells: Readonly<Record<Column, (seen: Seen) => void>>
): void => {
  describe(who, () => {
    for (const [way, play] of Object.entries(ways)) {
      let seen: Promise<Seen> | undefined
      it.each(columns)(`%s (${way})`, async (column) => cells[column](await (seen ??= play())))
    }
  })
  for (const column of columns) tested.push(`${who}: ${column}`)
}

const page = new URL("../../docs/processes.md", import.meta.url)

/** The rows of the table, its header first, as lists of texts. */
export const table = (): ReadonlyArray<ReadonlyArray<string>> => {
  const [, section] = readFileSync(page, "utf8").split("## What is promised when who dies")
  const rows = section!.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
  return rows.filter(([first]) => !/^-+$/.test(first!))
}
