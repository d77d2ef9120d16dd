/** How lines, times, tables and streams are made. */
import { describe, expect, it } from "vitest"
import { paperFor } from "../../src/cli/output.ts"
import { columns, rowOf, worstFirst } from "../../src/cli/shown/services.ts"
import {
  type Column,
  cut,
  cutLine,
  line,
  printed,
  span,
  table,
  widthOf,
  widthOfLine
} from "../../src/cli/shown/text.ts"
import { age, clock, clockInMillis, parseDuration } from "../../src/cli/shown/times.ts"
import { known } from "../../src/operations/because.ts"
import { eventsOf } from "../../src/operations/streams.ts"
import { madeView, running, thrown } from "../operations/made.ts"

describe("a text", () => {
  it.each<[string, number, string]>([
    ["database", 8, "database"],
    ["database", 7, "databa…"],
    ["database", 1, "…"],
    ["database", 0, ""],
    ["データベース", 12, "データベース"],
    ["データベース", 11, "データベー…"],
    ["データベース", 10, "データベ…"],
    ["👨‍👩‍👧 family", 3, "👨‍👩‍👧…"],
    ["e\u0301a", 2, "e\u0301a"]
  ])("%o is cut to %i cells: %o", (text, width, cutText) => {
    expect(cut(text, width)).toBe(cutText)
    expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width)
  })

  it.each([0, 1, 4, 5, 6, 9, 10, 11, 20])("of several styles takes at most %i cells", (width) => {
    const whole = [span("state", "bad"), span("データ"), span("x")]
    const cutted = cutLine(whole, width)
    expect(widthOfLine(cutted)).toBeLessThanOrEqual(width)
    expect(printed(cutted, { width, isColoured: false }).includes("…")).toBe(width > 0 && width < widthOfLine(whole))
  })

  it("has colours where they are wanted, and no blanks at its end", () => {
    const written = [span("a", "bad"), span("  ")]
    expect(printed(written, { width: 80, isColoured: true })).toBe("\u001b[0;31ma\u001b[0m")
    expect(printed(written, { width: 80, isColoured: false })).toBe("a")
  })
})

describe("the paper", () => {
  it.each<[object, Record<string, string>, object]>([
    [{ isTTY: true, columns: 40 }, {}, { width: 40, isColoured: true }],
    [{ isTTY: true, columns: 40 }, { NO_COLOR: "1" }, { width: 40, isColoured: false }],
    [{ isTTY: true, columns: 40 }, { NO_COLOR: "" }, { width: 40, isColoured: true }],
    [{ isTTY: true, columns: 40 }, { TERM: "dumb" }, { width: 40, isColoured: false }],
    [{ isTTY: true }, {}, { width: 80, isColoured: true }],
    [{}, {}, { width: Infinity, isColoured: false }],
    [{}, { FORCE_COLOR: "1" }, { width: Infinity, isColoured: true }],
    [{}, { FORCE_COLOR: "0" }, { width: Infinity, isColoured: false }]
  ])("of %o with %o is %o", (stream, env, paper) => {
    expect(paperFor(stream, env)).toEqual(paper)
  })
})

describe("a time", () => {
  it.each([[-5, "0 s"], [999, "0 s"], [59_999, "59 s"], [60_000, "1 min"], [3_599_999, "59 min"], [
    3_600_000 + 119_999,
    "1 h 1 min"
  ], [90_000_000, "1 d 1 h"]])("%i ms is shown as %o", (millis, words) => {
    expect(age(millis)).toBe(words)
  })

  it("of the day has the date if that is another one", () => {
    const noon = new Date(2026, 10, 29, 12, 4, 5, 7).getTime()
    expect(clock(noon, noon + 1000)).toBe("12:04:05")
    expect(clockInMillis(noon, noon)).toBe("12:04:05.007")
    expect(clock(noon, noon + 86_400_000)).toBe("2026-11-29 12:04:05")
  })

  it.each([["10s", 10_000], ["500ms", 500], ["1.5m", 90_000], ["2h", 7_200_000], ["3", 3000], ["soon", undefined], [
    "",
    undefined
  ], ["-1s", undefined]])("%o is read as %o ms", (text, millis) => {
    expect(parseDuration(text)).toBe(millis)
  })
})

describe("a table", () => {
  const two: ReadonlyArray<Column<readonly [string, number, string]>> = [
    { title: "NAME", cell: ([name]) => span(name), atLeast: 4 },
    { title: "RUN", cell: ([, run]) => span(String(run)), isNumber: true, leaves: 0 },
    { title: "WHY", cell: ([, , why]) => span(why), leaves: 1, atLeast: 5 }
  ]
  const rows = [["database", 1, "connection refused"], ["api", 20, ""]] as const
  const lines = (width: number) => {
    const { head, lines } = table(two, rows, width)
    return [head, ...lines].map((line) => printed(line, { width: Infinity, isColoured: false }))
  }

  it.each<[number, ReadonlyArray<string>]>([
    [Infinity, ["NAME      RUN  WHY", "database    1  connection refused", "api        20"]],
    [25, ["NAME      RUN  WHY", "database    1  connectio…", "api        20"]],
    [16, ["NAME  RUN  WHY", "dat…    1  conn…", "api    20"]],
    [13, ["NAME    WHY", "datab…  conn…", "api"]],
    [10, ["NAME", "database", "api"]],
    [6, ["NAME", "datab…", "api"]],
    [3, ["NA…", "da…", "api"]]
  ])("fits into %o cells", (width, expected) => {
    expect(lines(width)).toEqual(expected)
  })

  it("loses its columns in the order of their numbers", () => {
    const left = [80, 13, 10].map((width) => lines(width)[0]!.split(/ +/))
    expect(left).toEqual([["NAME", "RUN", "WHY"], ["NAME", "WHY"], ["NAME"]])
  })
})

const view = madeView({
  database: { status: { _tag: "Backoff", until: 128_000, since: 119_000, crashes: 1, cause: thrown("no connection") } },
  api: { status: { _tag: "Waiting", run: 0, waitingFor: ["database"] }, dependsOn: ["database"] },
  "a\u001b[31mb": { status: running },
  idle: { status: { _tag: "Stopped", outcome: "Stopped", since: 60_000, restartsByHand: 2 } },
  gone: { status: { _tag: "Failed", cause: thrown("no\nhope") } }
})

describe("the services", () => {
  const all = known(view)
  const rows = worstFirst(all.tree.nodes.values()).map((node) => rowOf(all, node))

  it("are shown with what the model says, the worst first", () => {
    const { lines } = table(columns, rows, 100)
    expect(lines.map((line) => printed(line, { width: 100, isColoured: false }))).toEqual([
      "gone      Failed     1         0        0  2 min  has failed, and is not restarted: Error: no",
      "database  Backoff    1         0        1    1 s  next run in 8 s, latest: Error: no connection",
      "api       Waiting    0         0        0  2 min  waits for database",
      "idle      Stopped    1       0+2        0  1 min  was stopped",
      "a [31mb   Running    1         0        0  2 min"
    ])
  })

  it("have the number and the memory of their process or thread while that is there", () => {
    const child = { pid: 4711, memory: 62 * 2 ** 20 }
    const { tree } = known(madeView({
      gone: { status: { _tag: "Failed", cause: thrown("no"), process: { ...child, code: 1 } } },
      redis: { status: { ...running, process: child } },
      encoder: { status: { ...running, process: { thread: 3 } } }
    }))
    const shown = Array.from(tree.nodes.values(), (node) => rowOf(known(madeView({})), node))
    const cellsOf = (title: string) =>
      shown.map((row) => columns.find((column) => column.title === title)!.cell(row).text)
    expect([cellsOf("PROCESS"), cellsOf("MEMORY")]).toEqual([["", "4711", "thread 3"], ["", "62 MiB", ""]])
  })

  it.each([20, 30, 40, 50, 60, 80])("never need more than %i cells", (width) => {
    const { head, lines } = table(columns, rows, width)
    for (const one of [head, ...lines]) expect(widthOfLine(one)).toBeLessThanOrEqual(width)
  })

  it("lose columns in the documented order", () => {
    const titles = [100, 64, 55, 45, 40, 30].map((width) =>
      table(columns, rows, width).head.map(({ text }) => text.trim()).filter((text) => text !== "").join(" ")
    )
    expect(titles).toEqual([
      "SERVICE STATE RUN RESTARTS CRASHES SINCE WHY",
      "SERVICE STATE RESTARTS CRASHES SINCE WHY",
      "SERVICE STATE CRASHES SINCE WHY",
      "SERVICE STATE SINCE WHY",
      "SERVICE STATE WHY",
      "SERVICE STATE"
    ])
  })
})

describe("a stream of server-sent events", () => {
  const text = "retry: 1000\n\nid: a-1\nevent: ServiceReady\ndata: {\"x\":\"a: b\"}\n\n:\n\nid: a-2\ndata: 2\n\n"
  const messages = [
    { id: "a-1", type: "ServiceReady", data: "{\"x\":\"a: b\"}" },
    { id: "a-2", type: "message", data: "2" }
  ]

  it("is read wherever it is cut into pieces", () => {
    for (let size = 1; size <= text.length; size++) {
      const read = eventsOf()
      const pieces = Array.from(
        { length: Math.ceil(text.length / size) },
        (_, i) => text.slice(i * size, (i + 1) * size)
      )
      expect(pieces.flatMap((piece) => read(piece))).toEqual(messages)
    }
  })
})

it("a line without a style is the text", () => {
  expect(printed(line("x"), { width: 10, isColoured: true })).toBe("x")
})
