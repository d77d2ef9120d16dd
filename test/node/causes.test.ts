/** Exit codes by cause, and the termination message, of real processes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { run } from "../child.ts"

const fileIn = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-governor-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "termination-log")
}

interface Ways {
  readonly signals?: number
  readonly options?: object
  readonly exitCode?: number
}

/** How the process ended, and what it has left in the file. */
const ended = async (fixture: string, how: string, { exitCode, options = {}, signals = 0 }: Ways) => {
  const terminationMessage = fileIn()
  writeFileSync(terminationMessage, "as it was")
  const code = exitCode === undefined ? [] : [String(exitCode)]
  const child = run(fixture, [how, JSON.stringify({ terminationMessage, ...options }), ...code])
  if (signals > 0) {
    await child.printed("up\n")
    child.kill("SIGTERM")
  }
  if (signals > 1) {
    await child.printed("a second has passed")
    child.kill("SIGTERM")
  }
  const exit = await child.exit
  return { exit, message: readFileSync(terminationMessage, "utf8"), output: child.output() }
}

const took = /took \d+(\.\d+)? m?s/g

const boom = "Error: boom; root cause: Error: the disk is full\n"

interface Row extends Ways {
  readonly how: string
  readonly code: number
  readonly message?: string
}

const rows: ReadonlyArray<Row> = [
  {
    how: "a significant service fails",
    code: 70,
    message: `the significant service "main" failed; the shutdown took a time\nfailed: "main": ${boom}`
  },
  { how: "all are over, and one failed", code: 70, message: `all are over\nfailed: "main": ${boom}` },
  { how: "an error is not caught", code: 70, message: "error: Error: nobody listens\n" },
  { how: "an error is not caught", options: { catchUncaught: true }, code: 70, message: "Error: nobody listens\n" },
  {
    how: "a stop fails",
    signals: 1,
    code: 75,
    message: `the process received SIGTERM; the shutdown took a time\nfailed: "bad" while it stopped: ${boom}`
  },
  {
    how: "a run is abandoned",
    signals: 1,
    code: 124,
    message: `the process received SIGTERM; the shutdown took a time\nabandoned: "hung"\n`
  },
  {
    how: "takes too long",
    signals: 2,
    code: 143,
    message: `the process received SIGTERM; the shutdown took a time\nstill running: "hung"\n`
  },
  { how: "a significant service fails", exitCode: 5, code: 5 },
  { how: "a stop fails", signals: 1, exitCode: 5, code: 5 },
  { how: "a run is abandoned", signals: 1, exitCode: 5, code: 5 }
]

const facade: ReadonlyArray<Row> = [
  { how: "a stop fails", signals: 1, options: { exitCodes: "plain" }, code: 1, message: `failed: "bad"` },
  { how: "a bad option", code: 78, message: "error: InvalidOption: stopTimeout of service \"bad\"" },
  { how: "a bad option", options: { catchUncaught: true }, code: 78, message: "error: InvalidOption" },
  { how: "a bad option, once a service runs", code: 70, message: "error: DuplicateService" }
]

const program: ReadonlyArray<Row> = [
  { how: "a stop fails", signals: 1, options: { exitCodes: "plain" }, code: 0, message: `failed: "bad"` },
  { how: "a bad option", code: 78, message: "error: InvalidOption: stopTimeout of service \"bad\"" },
  { how: "a bad option, once a service runs", code: 70, message: "error: InvalidOption" },
  { how: "the program fails", code: 70, message: `error: ${boom}` },
  { how: "goes on for ever", signals: 1, options: { shutdownTimeout: 100 }, code: 124 }
]

describe.each([
  { door: "catchSignals", fixture: "causes", own: facade },
  { door: "runMain", fixture: "causes-effect", own: program }
])("with $door, exit codes say the cause, and the termination message who it was (rule 16)", ({ fixture, own }) => {
  it.each([...rows, ...own])("$how: $code ($options)", async ({ code, how, message, ...ways }) => {
    const it = await ended(fixture, how, ways)
    expect(it.exit, it.output).toEqual({ code, signal: null })
    if (message === undefined) return
    expect(it.message).toContain(`exit code ${code}\n`)
    expect(it.message.replaceAll(took, "took a time").replace("all services are over", "all are over")).toContain(
      message
    )
  })

  it("a clean end is 0, and says nothing", async () => {
    const it = await ended(fixture, "nothing", { signals: 1 })
    expect(it.exit).toEqual({ code: 0, signal: null })
    expect(it.message).toBe("as it was")
  })
})

it("a program that tries again, and then ends well, ends with 0, and says nothing", async () => {
  const { exit, message } = await ended("causes-effect", "tries again", {})
  expect(exit).toEqual({ code: 0, signal: null })
  expect(message).toBe("as it was")
})

describe("the file of the termination message", () => {
  it.each(["causes", "causes-effect"])("is not made, and may be anything: %s", async (fixture) => {
    const terminationMessage = fileIn()
    for (const path of [terminationMessage, tmpdir()]) {
      const child = run(fixture, ["a stop fails", JSON.stringify({ terminationMessage: path })])
      await child.printed("up\n")
      child.kill("SIGTERM")
      expect(await child.exit).toEqual({ code: 75, signal: null })
    }
    expect(existsSync(terminationMessage)).toBe(false)
  })

  it("gets nothing if the options say so", async () => {
    const { message } = await ended("causes", "a stop fails", { signals: 1, options: { terminationMessage: false } })
    expect(message).toBe("as it was")
  })
})
