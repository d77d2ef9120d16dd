import { expect, it, onTestFinished, vi } from "vitest"
import { thrown } from "../../src/internal/bridge/thrown.ts"
import { printer } from "../../src/promise/console.ts"
import { Governor } from "../../src/promise/index.ts"
import type { LogEntry } from "../../src/promise/log.ts"

/** What the console prints, each line with the name of its method. */
const printed = (): ReadonlyArray<[string, string]> => {
  const lines: Array<[string, string]> = []
  for (const method of ["info", "warn", "error"] as const) {
    const spy = vi.spyOn(console, method).mockImplementation((text: string) => void lines.push([method, text]))
    onTestFinished(() => spy.mockRestore())
  }
  return lines
}

const entry = (more: Partial<LogEntry>): LogEntry => ({ level: "info", message: "hello", time: 0, ...more })

it("prints time, level, service and message", () => {
  const lines = printed()
  const print = printer()
  print(entry({ service: "a", run: 1 }), undefined)
  print(entry({ level: "warn" }), undefined)
  expect(lines).toEqual([["info", "00:00:00.000 info [a] hello"], ["warn", "00:00:00.000 warn hello"]])
})

it("prints an error with its stack and that of its causes, to stderr", () => {
  const lines = printed()
  const error = thrown(new TypeError("fetch failed", { cause: new Error("refused", { cause: "text" }) }))
  printer()(entry({ level: "error", message: "crashed", service: "a", error }), "ServiceCrashed")
  const [[where, text] = []] = lines
  expect(where).toBe("error")
  expect(text).toMatch(
    /^00:00:00.000 error \[a\] crashed\nTypeError: fetch failed\n +at [^]+\n\[cause\]: Error: refused\n +at [^]+\n\[cause\]: "text"$/
  )
})

it("prints in the line itself what was thrown and is no error", () => {
  const lines = printed()
  const print = printer()
  for (const value of ["no bread", undefined, { code: 5 }, new Error("boom")]) {
    print(entry({ level: "error", message: "crashed", error: thrown(value) }), undefined)
  }
  expect(lines.map(([, text]) => text.slice(19).split("\n")[0])).toEqual([
    "crashed: \"no bread\"",
    "crashed: undefined",
    "crashed: {\"code\":5}",
    "crashed"
  ])
})

/** Prints crashes of services, and returns the first line of each, without its time. */
const crashes = (print: ReturnType<typeof printer>, ...all: ReadonlyArray<[string, unknown]>): Array<string> => {
  const lines = printed()
  const before = lines.length
  for (const [service, error] of all) {
    print(entry({ level: "error", message: "crashed", service, error: thrown(error) }), "ServiceCrashed")
  }
  return lines.slice(before).map(([, text]) => {
    const [first, ...stack] = text.slice(19).split("\n")
    return stack.length > 0 ? `${first} with stack` : first!
  })
}

const here = (message: string) => new Error(message)
const there = (message: string) => new Error(message)

it("prints a crash that is the same as the one before in one line, with its number", () => {
  const all = [here("x"), here("x"), here("x"), there("x"), there("x"), there("y"), here("x")]
  expect(crashes(printer(), ...all.map((error): [string, unknown] => ["a", error]))).toEqual([
    "[a] crashed with stack",
    "[a] crashed, as before (2): Error: x",
    "[a] crashed, as before (3): Error: x",
    "[a] crashed with stack",
    "[a] crashed, as before (2): Error: x",
    "[a] crashed with stack",
    "[a] crashed with stack"
  ])
})

it("names a crash that is the same as before in one line, whatever was thrown", () => {
  const names = (value: () => unknown) => crashes(printer(), ["a", value()], ["a", value()])[1]
  expect(names(() => here("two\nlines"))).toBe("[a] crashed, as before (2): Error: two")
  expect(names(() => Object.assign(here("x"), { name: "Other" }))).toBe("[a] crashed, as before (2): Other: x")
  expect(names(() => ({ code: 5 }))).toBe("[a] crashed, as before (2): {\"code\":5}")
})

it("leaves out the frames of the governor, if the stack has others", () => {
  const lines = printed()
  const [ours, theirs] = ["    at a (/app/node_modules/effect-governor/dist/a.js:1:2)", "    at b (/app/main.js:3:4)"]
  const effect = "    at c (file:///app/node_modules/.pnpm/effect@4.1.0/node_modules/effect/dist/internal/c.js:5:6)"
  const own = "    at d (/app/node_modules/effect-mine/dist/d.js:7:8)"
  const print = (...frames: ReadonlyArray<string>) => {
    const error = Object.assign(new Error("x"), { stack: ["Error: x", ...frames].join("\n") })
    printer()(entry({ level: "error", message: "crashed", error: thrown(error) }), "ServiceCrashed")
    return lines.at(-1)![1].split("\n").slice(2)
  }
  expect(print(ours, theirs, effect, own)).toEqual([theirs, own])
  expect(print(ours, effect)).toEqual([ours, effect])
})

it("prints a crash whole that differs in its name only", () => {
  const other = Object.assign(here("x"), { name: "Other" })
  expect(crashes(printer(), ["a", here("x")], ["a", other])[1]).toBe("[a] crashed with stack")
})

it("counts the crashes of each service, until the service is removed", () => {
  const print = printer()
  expect(crashes(print, ["a", "x"], ["a/b", "x"], ["ab", "x"], ["a", "x"], ["a/b", "x"])).toEqual([
    "[a] crashed: \"x\"",
    "[a/b] crashed: \"x\"",
    "[ab] crashed: \"x\"",
    "[a] crashed, as before (2): \"x\"",
    "[a/b] crashed, as before (2): \"x\""
  ])
  print(entry({ message: "removed", service: "a" }), "ServiceRemoved")
  expect(crashes(print, ["a", "x"], ["a/b", "x"], ["ab", "x"])).toEqual([
    "[a] crashed: \"x\"",
    "[a/b] crashed: \"x\"",
    "[ab] crashed, as before (2): \"x\""
  ])
})

it("prints every line of a service itself whole", () => {
  const lines = printed()
  const print = printer()
  for (const _ of [1, 2]) print(entry({ level: "error", message: "crashed", error: thrown("x") }), undefined)
  expect(lines.map(([, text]) => text.slice(19))).toEqual(["crashed: \"x\"", "crashed: \"x\""])
})

/** Crashes three times, in the same way. */
const unlucky = () => {
  let runs = 0
  return () => {
    if (++runs <= 3) throw new Error("no bread")
  }
}

it("is what a governor without a log function prints with", async () => {
  const lines = printed()
  const governor = new Governor().restart(0, { when: "failure" })
  governor.add("a", unlucky())
  governor.start()
  await governor.waitForShutdown()
  expect(lines.map(([, text]) => text.slice(13).split("\n")[0])).toEqual([
    "error [a] crashed, restarting at once",
    "error [a] crashed, as before (2), restarting at once: Error: no bread",
    "error [a] crashed, as before (3), restarting at once: Error: no bread",
    "info [a] completed, and will not be restarted"
  ])
})

it("is nothing to a log function: it gets every error whole, and nothing but the line", async () => {
  const calls: Array<ReadonlyArray<unknown>> = []
  const governor = new Governor({ log: (...all) => void calls.push(all) }).restart(0, { when: "failure" })
  governor.add("a", unlucky())
  governor.start()
  await governor.waitForShutdown()
  const crashes = calls.map(([line]) => line as LogEntry).filter(({ message }) => message.startsWith("crashed"))
  expect(crashes.map(({ error, message }) => [message, error?.message])).toEqual(
    Array.from({ length: 3 }, () => ["crashed, restarting at once", "no bread"])
  )
  expect(calls.every(({ length }) => length === 1)).toBe(true)
})
