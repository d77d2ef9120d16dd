import { describe, expect, it } from "vitest"
import { command } from "../../src/process/index.ts"
import { Governor, InvalidOption } from "../../src/promise/index.ts"

const message = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    if (error instanceof InvalidOption) return error.message
    throw error
  }
  throw new Error("it was taken")
}

const options = (given: Record<string, unknown>) => () => command("sh", [], given)

describe("a command is refused that has", () => {
  it.each<[what: string, make: () => unknown, expected: string]>([
    ["no program", () => command(""), "program: expected a text that is not empty, without NUL, got \"\""],
    [
      "a number as program",
      () => command(7 as never),
      "program: expected a text that is not empty, without NUL, got 7"
    ],
    ["a NUL in its program", () => command("a\0b"), "program: expected a text that is not empty"],
    [
      "no list of arguments",
      () => command("sh", "-c" as never),
      "args: expected a list of texts without NUL, got \"-c\""
    ],
    ["a number as argument", () => command("sh", [7 as never]), "args: expected a list of texts without NUL, got [7]"],
    ["a NUL in an argument", () => command("sh", ["a\0"]), "args: expected a list of texts without NUL"],
    ["no options", () => command("sh", [], null as never), "options: expected an object, got null"],
    ["an unknown option", options({ shell: true }), "shell: expected one of cwd, env, stdin, output"],
    ["no folder", options({ cwd: "" }), "cwd: expected a text that is not empty"],
    ["a number as folder", options({ cwd: 1 }), "cwd: expected a text that is not empty, without NUL, got 1"],
    ["no environment", options({ env: "A=1" }), "env: expected an object of texts, got \"A=1\""],
    ["a list as environment", options({ env: ["A=1"] }), "env: expected an object of texts, got [\"A=1\"]"],
    [
      "a number in its environment",
      options({ env: { A: 1 } }),
      "env.A: expected a text without NUL, or undefined, got 1"
    ],
    [
      "a bad name in its environment",
      options({ env: { "A=B": "1" } }),
      "env: expected names that are not empty, without \"=\" and NUL, got \"A=B\""
    ],
    [
      "a NUL in its environment",
      options({ env: { A: "\0" } }),
      "env.A: expected a text without NUL, or undefined, got"
    ],
    ["another input", options({ stdin: "pipe" }), "stdin: expected \"ignore\", \"inherit\" or { data }"],
    ["an input without data", options({ stdin: {} }), "stdin: expected \"ignore\", \"inherit\" or { data }"],
    ["a number as input", options({ stdin: { data: 7 } }), "stdin: expected \"ignore\", \"inherit\" or { data }"],
    [
      "another output",
      options({ output: "pipe" }),
      "output: expected \"log\" or \"inherit\" or \"ignore\", got \"pipe\""
    ],
    ["another treatment of colours", options({ ansi: true }), "ansi: expected \"strip\" or \"keep\", got true"],
    [
      "a number as signal",
      options({ stopSignal: 15 }),
      "stopSignal: expected the name of a signal, as \"SIGINT\", got 15"
    ],
    ["an unknown signal", options({ stopSignal: "SIGNOPE" }), "stopSignal: expected the name of a signal"],
    ["a signal in small letters", options({ stopSignal: "sigterm" }), "stopSignal: expected the name of a signal"],
    ["a name as user", options({ user: "nobody" }), "user: expected { uid, gid } as whole numbers, got \"nobody\""],
    ["a negative user", options({ user: { uid: -1 } }), "user: expected { uid, gid } as whole numbers"],
    ["a user without a number", options({ user: { gid: 1 } }), "user: expected { uid, gid } as whole numbers"],
    ["a bad group", options({ user: { uid: 1, gid: 0.5 } }), "user: expected { uid, gid } as whole numbers"],
    ["no time to stop", options({ stopTimeout: -1 }), "stopTimeout: expected a duration"],
    ["a manual readiness", options({ readiness: "manual" }), "a process cannot call ready, got \"manual\""],
    [
      "a pattern, and no lines",
      options({ readiness: /ready/, output: "ignore" }),
      "readiness: expected no pattern where"
    ]
  ])("%s", (_, make, expected) => {
    expect(message(make)).toContain(expected)
  })

  it("another readiness, here or where it is added", () => {
    expect(message(options({ readiness: "soon" }))).toContain("a RegExp for a line of its output")
    const governor = new Governor({ log: () => {} })
    const add = () => governor.add("sh", options({})() as never, { readiness: "manual" })
    expect(message(add)).toContain("readiness of service \"sh\": expected")
  })

  it("a heartbeatTimeout where it is added: it gives no heartbeat", () => {
    const governor = new Governor({ log: () => {} })
    const add = () => governor.add("sh", options({})() as never, { heartbeatTimeout: "1 second" })
    expect(message(add)).toContain("heartbeatTimeout of service \"sh\": expected nothing")
  })
})
