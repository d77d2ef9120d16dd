/**
 * What the keys do in the table. Pure.
 */
import type { Row } from "./rows.ts"

type Move =
  | { readonly _tag: "Focus"; readonly index: number }
  | { readonly _tag: "Fold"; readonly path: string; readonly isFolded: boolean }
  | { readonly _tag: "Select"; readonly path: string }

/** What a key does in a tree of rows, after the pattern of a treegrid. */
export const moved = (key: string, from: number, rows: ReadonlyArray<Row>, page: number): Move | undefined => {
  const to = (index: number): Move => ({ _tag: "Focus", index: Math.max(0, Math.min(rows.length - 1, index)) })
  const row = rows[Math.max(0, from)]
  if (row === undefined) return undefined
  switch (key) {
    case "ArrowDown":
      return to(from + 1)
    case "ArrowUp":
      return to(from - 1)
    case "PageDown":
      return to(from + page)
    case "PageUp":
      return to(from - page)
    case "Home":
      return to(0)
    case "End":
      return to(rows.length - 1)
    case "ArrowRight":
      if (row.isFolded === undefined) return undefined
      return row.isFolded ? { _tag: "Fold", path: row.path, isFolded: false } : to(from + 1)
    case "ArrowLeft": {
      if (row.isFolded === false) return { _tag: "Fold", path: row.path, isFolded: true }
      const around = row.path.slice(0, Math.max(0, row.path.lastIndexOf("/")))
      const index = row.depth === 0 ? -1 : rows.findIndex(({ path }) => path === around)
      return index < 0 ? undefined : to(index)
    }
    case "Enter":
    case " ":
      return { _tag: "Select", path: row.path }
    default:
      return undefined
  }
}
