import { expect, it } from "vitest"
import type { Row, Told } from "./Ledger.ts"
import { wrongProcess } from "./processes.ts"

const began: Row = { _tag: "Began", service: "a", run: 1, at: 1, pid: 5 }
const told = (event: string, of: Partial<Told> = {}): Told => ({
  _tag: "Told",
  service: "a",
  run: 1,
  at: 1,
  event,
  ...of
})
const started = (pid = 5) => told("ProcessStarted", { process: { pid } })
const ended = (process: NonNullable<Told["process"]>) => told("ProcessEnded", { process })
const crashed = (cause: string) => told("Crashed", { cause })

it.each<[what: string, ReadonlyArray<Row>, ReadonlyArray<string>]>([
  ["its code", [started(), began, ended({ pid: 5, code: 3 }), crashed("code 3")], []],
  ["its signal", [started(), began, ended({ pid: 5, signal: "SIGSEGV" }), crashed("SIGSEGV")], []],
  ["another reason", [started(), began, ended({ pid: 5, signal: "SIGKILL" }), crashed("RunTimedOut")], []],
  ["nothing", [], []],
  ["two starts", [started(), started(), ended({ code: 0 })], ["was told more than once"]],
  ["two ends", [started(), ended({ code: 0 }), ended({ code: 0 })], ["was told more than once"]],
  ["no start", [began], ["was not told, though it wrote something"]],
  ["no end", [started(), began], ["was not told to have ended"]],
  ["another number", [started(6), began, ended({ code: 0 })], ["was told as 6, and is 5"]],
  ["another code", [started(), ended({ code: 4 }), crashed("code 3")], [
    "was told to have ended with code 4, and its run with code 3"
  ]],
  ["another signal", [started(), ended({ signal: "SIGKILL" }), crashed("SIGSEGV")], [
    "was told to have ended with SIGKILL, and its run with SIGSEGV"
  ]]
])("what was told of a process: %s", (_, rows, wrong) => {
  expect(wrongProcess("shell", rows, true)).toEqual(wrong)
})

it("a governor that is killed while Node starts a process does not hear of it", () => {
  expect(wrongProcess("shell", [began], false)).toEqual([])
})

it("a thread has the number of another kind, and a governor that is killed tells no end", () => {
  const thread = told("ProcessStarted", { process: { thread: 2 } })
  expect(wrongProcess("thread", [thread, began], false)).toEqual([])
})
