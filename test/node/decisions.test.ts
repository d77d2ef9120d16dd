import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { atSignal, endsProcess, exitsIn, heldLine, stayingLine } from "../../src/node/decisions.ts"
import type { ShutdownReason } from "../../src/ShutdownReport.ts"

const asReason = (_tag: string | undefined): ShutdownReason | undefined =>
  _tag === undefined ? undefined : { _tag, signal: "SIGTERM", service: "a", cause: Cause.empty } as never

describe("a signal", () => {
  it.each([
    { first: undefined, now: 5, again: 1000, does: "Shutdown" },
    { first: undefined, now: 5, again: Infinity, does: "Shutdown" },
    { first: 0, now: 0, again: 1000, does: "Ignore" },
    { first: 0, now: 999, again: 1000, does: "Ignore" },
    { first: 0, now: 1000, again: 1000, does: "Exit" },
    { first: 500, now: 1499, again: 1000, does: "Ignore" },
    { first: 500, now: 1500, again: 1000, does: "Exit" },
    { first: 0, now: 0, again: 0, does: "Exit" },
    { first: 0, now: 1e9, again: Infinity, does: "Ignore" }
  ])("that came first at $first comes at $now, with patience for $again: $does", ({ again, does, first, now }) => {
    expect(atSignal(first, now, again)).toBe(does)
  })
})

describe("abandoned runs", () => {
  it.each([
    { atEnd: undefined, later: undefined, does: true },
    { atEnd: undefined, later: "ScopeClosed", does: true },
    { atEnd: undefined, later: "Requested", does: false },
    { atEnd: "Signal", later: "Signal", does: true },
    { atEnd: "Uncaught", later: "Uncaught", does: true },
    { atEnd: "Significant", later: "Significant", does: true },
    { atEnd: "Requested", later: "Requested", does: false },
    { atEnd: "Aborted", later: "Aborted", does: false },
    { atEnd: "ScopeClosed", later: "ScopeClosed", does: false }
  ])("of a governor that was over with $atEnd, now $later, end the process: $does", ({ atEnd, does, later }) => {
    expect(endsProcess(asReason(atEnd), asReason(later))).toBe(does)
  })
})

describe("a process that something keeps up", () => {
  const nobody = { isAbandoned: false, hasFailed: false, asked: undefined, limit: 25_000, now: 10_000 }
  it.each([
    { remains: nobody, millis: undefined },
    { remains: { ...nobody, isAbandoned: true }, millis: 0 },
    { remains: { ...nobody, hasFailed: true }, millis: 0 },
    { remains: { ...nobody, hasFailed: true, asked: 9000 }, millis: 0 },
    { remains: { ...nobody, asked: 0 }, millis: 15_000 },
    { remains: { ...nobody, asked: 9000 }, millis: 24_000 },
    { remains: { ...nobody, asked: 0, limit: 500 }, millis: 0 },
    { remains: { ...nobody, asked: 0, limit: Infinity }, millis: Infinity }
  ])("exits in $millis ms: $remains", ({ millis, remains }) => {
    expect(exitsIn(remains)).toBe(millis)
  })

  const unlisted = "something that Node does not list keeps the process up: " +
    "a worker thread, a pipe, a Unix socket, standard input or the channel to the parent process"
  it.each([
    {
      kinds: ["TCPServerWrap", "Timeout", "Timeout"],
      named: "these resources keep the process up: TCPServerWrap, Timeout"
    },
    { kinds: ["TTYWrap", "PipeWrap", "FSEventWrap"], named: "these resources keep the process up: FSEventWrap" },
    { kinds: ["TTYWrap", "PipeWrap"], named: unlisted },
    { kinds: [], named: unlisted }
  ])("is told of $kinds", ({ kinds, named }) => {
    expect(heldLine(kinds, Infinity, 0)).toBe(`shut down, but ${named}`)
    expect(heldLine(kinds, 1500, 0)).toBe(`shut down, but ${named}; exiting in 2 s`)
    expect(stayingLine(kinds)).toBe(`the program has ended, but ${named}`)
    expect(heldLine(kinds, 0, 1)).toBe(`shut down, but ${named}; exiting with code 1`)
  })
})
