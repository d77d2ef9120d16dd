/** What README.md and docs/terminal.md show of the terminal, against the code. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { command as commandLine } from "../../src/cli/commands.ts"
import { meanings } from "../../src/cli/exitCodes.ts"
import { columns } from "../../src/cli/shown/services.ts"
import { printed } from "../../src/cli/shown/text.ts"
import { shownOf } from "../../src/cli/top/rows.ts"
import { initial } from "../../src/cli/top/state.ts"
import { Recording } from "../../src/operations/Recording.ts"
import type { Event, ServiceSpec } from "../../src/operations/View.ts"
import { root } from "../entries.ts"
import { madeView, running, thrown } from "../operations/made.ts"

const pageOf = (file: string): string => readFileSync(join(root, file), "utf8")

/** By the clock of whoever runs the test: the screen shows that. */
const noon = new Date(2026, 10, 29, 12, 4, 31).getTime()

const name = "governor/v1"
const size = { width: 100, height: 12 }

/** A shop whose database went away two minutes ago. */
const shop = (): Recording => {
  const recording = new Recording({ apiVersion: name, governor: "shop", epoch: "a1", sequence: 100, now: noon })
  const { specs } = madeView({
    database: { status: running },
    api: { status: running, dependsOn: ["database"] },
    web: { status: running, bindsTo: ["api"] },
    ingest: { status: running },
    "ingest/reader": { status: running },
    "ingest/writer": { status: running, dependsOn: ["reader"] }
  })
  for (const spec of specs.values()) recording.take({ spec: spec satisfies ServiceSpec })
  for (const name of ["ingest", "ingest/reader", "ingest/writer", "database", "api", "web"]) {
    const since = noon - 5 * 3_600_000
    recording.take({
      status: { _tag: "Running", name, run: 1, restarts: 0, crashes: 0, since, startedAt: since, readyAt: since }
    })
  }
  eventsOf(noon - 128_000).forEach((event) => recording.take({ event }))
  return recording
}

const eventsOf = (begin: number): ReadonlyArray<Event> => {
  const cause = thrown("connect ECONNREFUSED 127.0.0.1:5432")
  let sequence = 100
  const at = (seconds: number) => ({ time: begin + 1000 * seconds, sequence: ++sequence })
  const crash = (run: number, second: number, delay: number): ReadonlyArray<Event> => [
    { _tag: "ServiceCrashed", service: "database", run, cause, ...at(second) },
    { _tag: "RestartScheduled", service: "database", run, delay: 1000 * delay, cause, ...at(second) }
  ]
  return [
    ...crash(1, 0, 20),
    { _tag: "ServiceCrashed", service: "api", run: 1, cause: thrown("no answer"), ...at(1) },
    { _tag: "ServiceWaiting", service: "api", run: 1, waitingFor: ["database"], ...at(2) },
    { _tag: "ServiceStopping", service: "web", run: 1, reason: "dependency", ...at(2) },
    { _tag: "ServiceInterrupted", service: "web", run: 1, ...at(2) },
    { _tag: "ServiceWaiting", service: "web", run: 1, waitingFor: ["api"], ...at(2) },
    { _tag: "ServiceStarting", service: "database", run: 2, restarts: 1, ...at(20) },
    ...crash(2, 21, 40),
    { _tag: "ServiceStarting", service: "database", run: 3, restarts: 2, ...at(61) },
    ...crash(3, 62, 80)
  ]
}

describe("README.md", () => {
  it("shows what top draws", () => {
    const state = initial(shop().view(noon), { link: { _tag: "Live" }, size, mayAct: false })
    const drawn = shownOf(state).lines.map((line) => printed(line, { width: size.width, isColoured: false })).join("\n")
    const [, shown] = /```text\n(shop [^`]*)\n```/.exec(pageOf("README.md")) ?? []
    expect(shown).toBe(drawn)
  })
})

describe("docs/terminal.md", () => {
  const page = pageOf("docs/terminal.md")

  it("has the exit codes", () => {
    const rows = Array.from(page.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm), ([, code, meaning]) => [code, meaning])
    expect(rows).toEqual(Object.entries(meanings))
  })

  it("has the order in which columns leave", () => {
    const order = columns.filter(({ leaves }) => leaves !== undefined).toSorted((a, b) => a.leaves! - b.leaves!)
    expect(page).toContain(`columns leave in this order: ${order.map(({ title }) => title.toLowerCase()).join(", ")}.`)
  })

  it("has all commands", () => {
    const names = commandLine.subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(page).toMatch(new RegExp(`\`[^\`\\n]*\\b${name}\\b`))
  })
})
