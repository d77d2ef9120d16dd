import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { numberOf } from "./acting.ts"
import { rowsIn } from "./Ledger.ts"
import { abilities, type Fault } from "./plan.ts"
import { scriptOf } from "./shell.ts"

const file = () => {
  const folder = mkdtempSync(join(tmpdir(), "governor-shell-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, "ledger")
}

const partOf = (fault: Fault, file: string) => ({ service: "a", deed: { after: 10, fault }, file })

it.each<[Fault, status: number | null, signal: string | null]>([
  [{ _tag: "Completes" }, 0, null],
  [{ _tag: "Exits", code: 3 }, 3, null],
  [{ _tag: "Killed", signal: "SIGSEGV" }, null, "SIGSEGV"],
  [{ _tag: "Closes", code: 4 }, 4, null],
  [{ _tag: "Floods", by: "output", lines: 20, code: 0 }, 0, null]
])("the script of a shell does what was planned, and writes that: %j", (fault, status, signal) => {
  const path = file()
  const done = spawnSync("/bin/sh", ["-c", scriptOf(partOf(fault, path), 2)], { encoding: "utf8" })
  expect([done.status, done.signal, done.stderr]).toEqual([status, signal, ""])
  const lines = done.stdout.split("\n").filter((line) => line !== "").map(numberOf)
  expect(lines).toEqual(Array.from({ length: fault._tag === "Floods" ? fault.lines : 0 }, (_, i) => i))
  expect(rowsIn(readFileSync(path, "utf8"))).toMatchObject([
    { _tag: "Began", service: "a", run: 2, pid: done.pid },
    { _tag: "Does", service: "a", run: 2, fault: fault._tag }
  ])
})

it.each(abilities.shell)("a shell can read the script of %s", (_tag) => {
  const fault = { _tag, code: 1, lines: 1, signal: "SIGTERM", isDeaf: true } as Fault
  execFileSync("/bin/sh", ["-n", "-c", scriptOf(partOf(fault, "/tmp/ledger"), 1)])
})

it("a shell refuses what it cannot do", () => {
  expect(() => scriptOf(partOf({ _tag: "Eats" }, "/tmp/ledger"), 1)).toThrow("a shell cannot do this: Eats")
})
