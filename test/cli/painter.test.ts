/** The state of `top`, its keys, and what is written of its lines. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Line, span, type Style } from "../../src/cli/shown/text.ts"
import { keysIn } from "../../src/cli/top/keys.ts"
import { changes, screenOf } from "../../src/cli/top/painter.ts"
import { shownOf } from "../../src/cli/top/rows.ts"
import { initial, type Message, type State } from "../../src/cli/top/state.ts"
import { update } from "../../src/cli/top/update.ts"
import { madeView, running, thrown } from "../operations/made.ts"
import { Screen } from "./pty.ts"

const styles: ReadonlyArray<Style | undefined> = ["bold", "bad", "chosen", undefined]

const line: fc.Arbitrary<Line> = fc.array(
  fc.record({
    text: fc.array(fc.constantFrom("a", "b", " ", "…", "デ", "👍", "e\u0301"), { maxLength: 8 }).map((all) =>
      all.join("")
    ),
    style: fc.constantFrom(...styles)
  }),
  { maxLength: 4 }
)

const size = { width: 12, height: 4 }
const terminal = () => {
  const screen = new Screen({ columns: size.width, rows: size.height })
  screen.take("\u001b[?1049h")
  return screen
}

describe("the painter", () => {
  it("makes of any screen any other one, as if that had been drawn anew", () => {
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), (pictures) => {
        const shown = terminal()
        let before: ReturnType<typeof screenOf> | undefined
        for (const lines of pictures) {
          const after = screenOf(lines, size, before)
          shown.take(changes(before, after, true))
          before = after
          const anew = terminal()
          anew.take(changes(undefined, screenOf(lines, size), true))
          expect(shown.styled()).toEqual(anew.styled())
          expect(shown.faults).toEqual([])
        }
      }),
      { numRuns: 300 }
    )
  })

  it("writes nothing where nothing has changed, and only the cells that have", () => {
    const before = screenOf([[span("database  Running")], [span("api  Running")]], { width: 40, height: 2 })
    const same = screenOf([[span("database  Running")], [span("api  Running")]], { width: 40, height: 2 }, before)
    expect(changes(before, same, true)).toBe("")
    const after = screenOf([[span("database  Running")], [span("api  Waiting")]], { width: 40, height: 2 }, before)
    expect(changes(before, after, true)).toBe("\u001b[2;6HWait")
  })

  it("uses no colours if they are not wanted, and shows what is chosen all the same", () => {
    const screen = screenOf([[span("a", "bad"), span("b", "chosen")]], { width: 2, height: 1 })
    const text = changes(undefined, screen, false)
    expect(text).not.toContain("31m")
    expect(text).toContain("\u001b[0;7mb")
  })
})

describe("keys", () => {
  it.each<[string, ReturnType<typeof keysIn>]>([
    ["q", { keys: [{ typed: "q" }], rest: "" }],
    ["\u001b[A\u001bOB", { keys: ["Up", "Down"], rest: "" }],
    ["\u001b[5~\u001b[6~\u001b[H\u001b[4~", { keys: ["PageUp", "PageDown", "Home", "End"], rest: "" }],
    ["/ä👍\r", { keys: [{ typed: "/" }, { typed: "ä" }, { typed: "👍" }, "Enter"], rest: "" }],
    ["\u0003\u001a\f", { keys: ["Interrupt", "Suspend", "Redraw"], rest: "" }],
    ["x\u001b", { keys: [{ typed: "x" }], rest: "\u001b" }],
    ["\u001b[", { keys: [], rest: "\u001b[" }],
    ["\u001b[1;5", { keys: [], rest: "\u001b[1;5" }],
    ["\u001b[200~y", { keys: [{ typed: "y" }], rest: "" }],
    ["\u001b\u001b[A", { keys: ["Escape", "Up"], rest: "" }],
    ["\u0001\u0007", { keys: [], rest: "" }]
  ])("%o", (text, keys) => {
    expect(keysIn(text)).toEqual(keys)
  })
})

const view = madeView({
  database: { status: { _tag: "Backoff", until: 128_000, since: 119_000, crashes: 3, cause: thrown("no connection") } },
  api: { status: { _tag: "Waiting", run: 0, waitingFor: ["database"] }, dependsOn: ["database"] },
  ingest: { status: running },
  "ingest/reader": { status: { ...running, run: 7 } }
})

const begin = (): State => initial(view, { link: { _tag: "Live" }, size: { width: 100, height: 6 }, mayAct: true })

const typed = (keys: string, state = begin()): State =>
  keysIn(keys).keys.reduce((state, key) => update(state, { _tag: "Key", key }).state, state)

const effectOf = (keys: string, state: State) => {
  const all = keysIn(keys).keys
  const before = all.slice(0, -1).reduce((state, key) => update(state, { _tag: "Key", key }).state, state)
  return update(before, { _tag: "Key", key: all.at(-1)! }).effect
}

describe("the state of top", () => {
  it.each<[keys: string, chosen: string | undefined, first: number]>([
    ["", undefined, 0],
    ["j", "api", 0],
    ["jjj", "ingest/reader", 2],
    ["jjjk", "ingest", 2],
    ["\u001b[F", "ingest/reader", 2],
    ["\u001b[F\u001b[H", "database", 0],
    ["jjjjjjjj", "ingest/reader", 2]
  ])("after %o has the chosen service on the screen: %o", (keys, chosen, first) => {
    const state = typed(keys)
    expect({ chosen: state.chosen, first: state.first }).toEqual({ chosen, first })
  })

  it("keeps the chosen service while the services change their order", () => {
    const state = typed("jj")
    const later = { ...view, services: new Map(Array.from(view.services).toReversed()) }
    const message: Message = { _tag: "Seen", view: later }
    expect(update(state, message).state.chosen).toBe("ingest")
  })

  it.each<[filter: string, names: ReadonlyArray<string>]>([
    ["ingest", ["ingest", "ingest/reader"]],
    ["INGEST/", ["ingest/reader"]],
    ["back", ["database"]],
    ["*e*r", ["ingest/reader"]],
    ["nothing", []]
  ])("filters by %o", (filter, names) => {
    expect(typed(`/${filter}\r`).items.map(([{ path }]) => path)).toEqual(names)
  })

  it("asks before it does anything, for the run that is on the screen", () => {
    expect(effectOf("/reader\rr", begin())).toEqual({ _tag: "Plan", act: "restart", path: "ingest/reader" })
    const asked = typed("/reader\rr")
    expect(effectOf("y", asked)).toBeUndefined() // nobody knows yet what it would do
    const plan = {
      command: { _tag: "Restart", service: "ingest/reader" },
      steps: [],
      unlimited: [],
      goesOn: [],
      sentence: ""
    } as const
    const { state } = update(asked, { _tag: "Planned", path: "ingest/reader", plan })
    expect(effectOf("n", state)).toBeUndefined()
    expect(effectOf("y", state)).toEqual({ _tag: "Command", act: "restart", path: "ingest/reader", run: 7 })
    const refused = update(asked, { _tag: "Planned", path: "ingest/reader", plan: { ...plan, refused: "no" } }).state
    expect(effectOf("y", refused)).toBeUndefined()
  })

  it.each<[string, Partial<State>]>([
    ["without a token", { mayAct: false }],
    ["while the connection is lost", { link: { _tag: "Lost", since: 0, why: "" } }],
    ["for a file", { link: { _tag: "File", file: "" } }],
    ["in the past", { at: 3 }]
  ])("gives no command %s, and says why", (_, part) => {
    const state = { ...begin(), ...part }
    expect(effectOf("r", state)).toBeUndefined()
    expect(typed("r", state).note).toMatch(/\w/)
  })

  it.each([[5, 1], [20, 5], [40, 10], [100, 24], [300, 80]])("is shown in %i × %i, line by line", (width, height) => {
    for (const keys of ["", "\r", "?", "/x", "t", "s"]) {
      const { lines } = shownOf(typed(keys, { ...begin(), size: { width, height } }))
      const shown = new Screen({ columns: width, rows: height })
      shown.take("\u001b[?1049h")
      shown.take(changes(undefined, screenOf(lines, { width, height }), true))
      expect(shown.faults).toEqual([])
    }
  })

  it("never looks live when it is not", () => {
    const lost = shownOf({ ...begin(), link: { _tag: "Lost", since: 110_000, why: "no answer" } })
    expect(lost.lines[0]!.map(({ text }) => text).join("")).toMatch(/^connection lost for 10 s, state of .*: no answer/)
    expect(lost.lines.slice(4, -1).flat().every(({ style }) => style === "dim" || style === undefined)).toBe(true)
  })
})
