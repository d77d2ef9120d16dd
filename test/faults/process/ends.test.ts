import { describe, expect, it } from "vitest"
import { ProcessFailed } from "../../../src/process/ProcessError.ts"
import { RunKilled, RunTimedOut } from "../../../src/promise/index.ts"
import { endInWords, mayEnd, type Story, wordOf } from "./ends.ts"
import type { Fault, Host } from "./plan.ts"

const story = (host: Host, fault: Fault, of: Partial<Story> = {}): Story => ({
  host,
  deed: { after: 0, fault },
  isShort: false,
  did: true,
  deafSince: undefined,
  askedAt: undefined,
  ...of
})

describe("a run that nobody asked to end", () => {
  it.each<[Host, Fault, ReadonlyArray<string>]>([
    ["shell", { _tag: "Waits" }, []],
    ["shell", { _tag: "Deaf" }, []],
    ["shell", { _tag: "Completes" }, ["Completed"]],
    ["shell", { _tag: "Exits", code: 3 }, ["Crashed: code 3"]],
    ["thread", { _tag: "Exits", code: 0 }, ["Crashed: code 0"]],
    ["program", { _tag: "Killed", signal: "SIGSEGV" }, ["Crashed: SIGSEGV"]],
    ["fork", { _tag: "Throws" }, ["Crashed: Odd"]],
    ["fork", { _tag: "Aborts" }, ["Crashed: SIGABRT"]],
    ["thread", { _tag: "Blocks" }, ["Crashed: RunTimedOut heartbeatTimeout"]],
    ["thread", { _tag: "Eats" }, ["Crashed: ERR_WORKER_OUT_OF_MEMORY"]],
    ["fork", { _tag: "Eats" }, ["Crashed: SIGABRT"]],
    ["fork", { _tag: "Grows", by: "buffer", bytes: 1 }, ["Crashed: MemoryExceeded"]],
    ["shell", { _tag: "Floods", by: "output", lines: 1, code: 0 }, ["Completed"]],
    ["shell", { _tag: "Floods", by: "output", lines: 1, code: 2 }, ["Crashed: code 2"]],
    ["shell", { _tag: "Closes", code: 2 }, ["Crashed: code 2"]],
    ["shell", { _tag: "Leaves", isDeaf: false, code: 0 }, ["Completed"]],
    ["shell", { _tag: "Leaves", isDeaf: true, code: 4 }, ["Crashed: code 4"]]
  ])("%s, %j", (host, fault, ends) => {
    expect(mayEnd(story(host, fault))).toEqual(ends)
    expect(mayEnd(story(host, fault, { did: false })), "it did nothing yet").toEqual([])
  })
})

describe("a run that was asked to end", () => {
  const asked = { askedAt: 10, did: false }
  const exits: Fault = { _tag: "Exits", code: 3 }
  it.each<[what: string, Fault, Partial<Story>, ReadonlyArray<string>]>([
    ["that waited", { _tag: "Waits" }, { ...asked, did: true }, ["Interrupted"]],
    ["before its fault", exits, asked, ["Interrupted"]],
    ["about when it did its fault", exits, { ...asked, did: true }, ["Interrupted", "Interrupted: code 3"]],
    ["with little time", exits, { ...asked, isShort: true }, ["Interrupted", "Interrupted: RunKilled"]],
    ["and was deaf", { _tag: "Deaf" }, { ...asked, deafSince: 9 }, ["Interrupted: RunKilled"]],
    ["and may have been deaf", { _tag: "Deaf" }, { ...asked, deafSince: 10 }, ["Interrupted", "Interrupted: RunKilled"]]
  ])("%s", (_, fault, of, ends) => {
    expect(mayEnd(story("shell", fault, of))).toEqual(ends)
  })
})

describe("a word for what a run failed with", () => {
  const failed = (code: number | null, signal: NodeJS.Signals | null) =>
    new ProcessFailed({ service: "a", run: 1, program: "sh", code, signal, stderr: [] })
  it.each<[unknown, string]>([
    [failed(3, null), "code 3"],
    [failed(null, "SIGSEGV"), "SIGSEGV"],
    [
      new RunTimedOut({ service: "a", run: 1, timeout: "heartbeatTimeout", afterMillis: 1 }),
      "RunTimedOut heartbeatTimeout"
    ],
    [new RunKilled({ service: "a", run: 1, afterMillis: 1 }), "RunKilled"],
    [Object.assign(new Error("full"), { code: "ERR_WORKER_OUT_OF_MEMORY" }), "ERR_WORKER_OUT_OF_MEMORY"],
    [new RangeError("no"), "RangeError"],
    ["a text", "a text"]
  ])("%s", (error, word) => {
    expect(wordOf(error)).toBe(word)
  })

  it("comes after the event", () => {
    expect([endInWords("Crashed", "code 3"), endInWords("Interrupted", undefined)]).toEqual([
      "Crashed: code 3",
      "Interrupted"
    ])
  })
})
