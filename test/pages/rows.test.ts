import { expect, test } from "vitest"
import { noWish, type Wish } from "../../src/page/address.ts"
import { countsOf, rowsOf, shownOf } from "../../src/page/rows.ts"
import { madeView } from "../operations/made.ts"

const view = madeView({
  web: { status: { _tag: "Running", since: 4, crashes: 2 } },
  ingest: { status: { _tag: "Running", since: 3, run: 9 } },
  "ingest/reader": { status: { _tag: "Backoff", until: 200_000, since: 5, crashes: 7, restarts: 6 } },
  "ingest/reader/socket": { status: { _tag: "Waiting", waitingFor: ["x"], since: 1 } },
  "ingest-2": { status: { _tag: "Running", since: 2 } },
  "ingest-10": {
    status: { _tag: "Failed", since: 6, cause: { name: "Error", message: "", stack: "", error: undefined } }
  }
})

/** The rows as text: a fold of them as `+` and `-`, their depth as indents. */
const shown = (look: Partial<Wish>, ...folded: ReadonlyArray<string>): string =>
  rowsOf(view, { ...noWish, ...look }, new Set(folded)).map(({ depth, isFolded, path }) =>
    `${" ".repeat(depth)}${isFolded === undefined ? "" : isFolded ? "+" : "-"}${path}`
  ).join("|")

test("all services are a tree, and what is inside of a folded one is hidden", () => {
  expect(shown({})).toBe("web|-ingest| -ingest/reader|  ingest/reader/socket|ingest-2|ingest-10")
  expect(shown({}, "ingest/reader")).toBe("web|-ingest| +ingest/reader|ingest-2|ingest-10")
  expect(shown({}, "ingest")).toBe("web|+ingest|ingest-2|ingest-10")
})

test.each<readonly [Partial<Wish>, string]>([
  [{ search: "READ  ing" }, "ingest/reader|ingest/reader/socket"],
  [{ states: new Set(["Running"]) }, "web|ingest|ingest-2"],
  [{ search: "web", states: new Set(["Failed"]) }, ""],
  [{ sort: "name" }, "ingest|ingest-2|ingest-10|ingest/reader|ingest/reader/socket|web"],
  [{ sort: "since" }, "ingest-10|ingest/reader|web|ingest|ingest-2|ingest/reader/socket"],
  [{ sort: "since", isDown: true }, "ingest/reader/socket|ingest-2|ingest|web|ingest/reader|ingest-10"],
  [{ sort: "crashes", search: "e" }, "ingest/reader|web|ingest|ingest/reader/socket|ingest-2|ingest-10"],
  [{ sort: "state" }, "ingest-10|ingest/reader|ingest/reader/socket|web|ingest|ingest-2"],
  [{ sort: "state", isDown: true }, "web|ingest|ingest-2|ingest/reader/socket|ingest/reader|ingest-10"],
  [{ sort: "state", states: new Set(["Failed", "Backoff"]) }, "ingest-10|ingest/reader"]
])("%j shows what was asked for", (look, rows) => {
  expect(shown(look)).toBe(rows)
})

test("by state the worst comes first, and what is as it should be last", () => {
  const made = madeView({
    a: { status: { _tag: "Pending" } },
    b: { status: { _tag: "Running" } },
    c: { status: { _tag: "Stopping", reason: "stop" } },
    d: { status: { _tag: "Stopped", outcome: "Completed" } },
    e: { status: { _tag: "Starting" } },
    f: { status: { _tag: "Waiting", waitingFor: ["x"] } },
    g: { status: { _tag: "Failed", cause: { name: "Error", message: "", stack: "", error: undefined } } },
    h: { status: { _tag: "Backoff", until: 1 } }
  })
  const paths = rowsOf(made, { ...noWish, sort: "state" }, new Set()).map(({ path }) => path)
  expect(paths.join("")).toBe("ghfecadb")
})

test("each service is counted once", () => {
  expect(countsOf(view)).toEqual({
    Pending: 0,
    Waiting: 1,
    Standby: 0,
    Starting: 0,
    Running: 3,
    Backoff: 1,
    Stopping: 0,
    Stopped: 0,
    Failed: 1
  })
})

test.each([
  [0, 100, 20, 3, { first: 0, last: 3 }],
  [0, 100, 20, 1000, { first: 0, last: 11 }],
  [2000, 100, 20, 1000, { first: 94, last: 111 }],
  [99_999, 100, 20, 10, { first: 10, last: 10 }]
])("of rows that are scrolled by %i in %i pixels the visible ones are drawn", (scrolled, height, row, count, range) => {
  expect(shownOf(scrolled, height, row, count)).toEqual(range)
})
