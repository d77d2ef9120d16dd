/** Bad options of commands, threads and processes of Node are refused, through both doors. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { Governor as CoreGovernor, Service } from "../../src/index.ts"
import { command, forked, ServiceProcess, worker } from "../../src/process/index.ts"
import { Governor, InvalidOption } from "../../src/promise/index.ts"
import { governed } from "./governed.ts"

/** Makes services of whatever is given. */
interface Door {
  readonly command: (program: unknown, args: unknown, options?: unknown) => unknown
  readonly worker: (file: unknown, options?: unknown) => unknown
  readonly forked: (file: unknown, options?: unknown) => unknown
  /** Adds what was made as the service "s". */
  readonly add: (made: unknown) => unknown
}

const thrownBy = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const facade: Door = {
  command: (program, args, options) => command(program as string, args as [], options as object),
  worker: (file, options) => worker(file as string, options as object),
  forked: (file, options) => forked(file as string, options as object),
  add: (made) => new Governor({ log: () => {} }).add("s", made as never)
}

const core: Door = {
  command: (program, args, options) => ServiceProcess.command("s", program as string, args as [], options as object),
  worker: (file, options) => ServiceProcess.worker("s", file as string, options as object),
  forked: (file, options) => ServiceProcess.forked("s", file as string, options as object),
  add: (made) => {
    const added = Effect.flatMap(CoreGovernor.make(), (governor) => governor.add(made as Service.Service))
    const exit = Effect.runSyncExit(Effect.scoped(added))
    if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  }
}

const file = "/work.js"
const duration = "a duration such as 1000 (milliseconds), \"500 millis\" or \"1 second\", not negative"
const place = "a URL object of a file, as new URL(\"./encoder.ts\", import.meta.url), or an absolute path"
const ids = "{ uid, gid } as whole numbers"
const text = "a text that is not empty, without NUL"
const memory = "a number of bytes above 0, or a text such as \"512 MiB\""
const served = "\"automatic\", \"manual\", \"completed\" or a probe: a pattern is for the output of a command"
const cloned = "what can be copied as by structuredClone"
const sent = "what can be copied to another process, as by `serialize` of node:v8"
const throwing = {
  get quality() {
    throw new Error("not now")
  }
}

type Row = readonly [what: string, make: (door: Door) => unknown, field: string, expected: string, actual: string]

const ofCommand = (options: unknown) => ({ command }: Door) => command("sh", [], options)
const ofThread = (options: unknown) => ({ worker }: Door) => worker(file, options)
const ofFork = (options: unknown) => ({ forked }: Door) => forked(file, options)

const rows: ReadonlyArray<Row> = [
  ["a command without a program", ({ command }) => command("", []), "program", text, "\"\""],
  ["a command with a list as program", ({ command }) => command(["sh"], []), "program", text, "[\"sh\"]"],
  [
    "a command with null as arguments",
    ({ command }) => command("sh", null),
    "args",
    "a list of texts without NUL",
    "null"
  ],
  ["a command with null as options", ofCommand(null), "options", "an object", "null"],
  ["a command with a text as options", ofCommand("quick"), "options", "an object", "\"quick\""],
  ["a command with a list as options", ofCommand([]), "options", "an object", "[]"],
  ["a command with a URL as folder", ofCommand({ cwd: new URL("file:///tmp") }), "cwd", text, "\"file:///tmp\""],
  [
    "a command with a function in its environment",
    ofCommand({ env: { A: () => 1 } }),
    "env.A",
    "a text without NUL, or undefined",
    "function A"
  ],
  ["a command with a Map as environment", ofCommand({ env: new Map([["A", "1"]]) }), "env", "an object of texts", "{}"],
  ["a command with a name as user", ofCommand({ user: "nobody" }), "user", ids, "\"nobody\""],
  ["a command with a number as user", ofCommand({ user: 5 }), "user", ids, "5"],
  ["a command with a text as number of its user", ofCommand({ user: { uid: "5" } }), "user", ids, "{\"uid\":\"5\"}"],
  [
    "a command with a number that no user has",
    ofCommand({ user: { uid: 2 ** 33 } }),
    "user",
    ids,
    "{\"uid\":8589934592}"
  ],
  ["a command with a time that is NaN", ofCommand({ stopTimeout: NaN }), "stopTimeout", duration, "NaN"],
  ["a command with a time that is negative", ofCommand({ stopTimeout: -1 }), "stopTimeout", duration, "-1"],
  ["a command with null as time", ofCommand({ stopTimeout: null }), "stopTimeout", duration, "null"],
  [
    "a command with a signal of another object",
    ofCommand({ stopSignal: "toString" }),
    "stopSignal",
    "the name of a signal, as \"SIGINT\"",
    "\"toString\""
  ],
  [
    "a command with a function as output",
    ofCommand({ output: () => 1 }),
    "output",
    "\"log\" or \"inherit\" or \"ignore\"",
    "function output"
  ],
  [
    "a command with a function as input",
    ofCommand({ stdin: () => 1 }),
    "stdin",
    "\"ignore\", \"inherit\" or { data } with a text or bytes",
    "function stdin"
  ],
  [
    "a command with a pattern, and no lines",
    ofCommand({ readiness: /up/, output: "inherit" }),
    "readiness",
    "no pattern where `output` is not \"log\"",
    "/up/"
  ],
  [
    "a command that shall call ready",
    ofCommand({ readiness: "manual" }),
    "readiness",
    "\"automatic\", \"completed\", a RegExp for a line of its output, or a probe: a process cannot call ready",
    "\"manual\""
  ],
  [
    "a command with a heartbeat",
    ofCommand({ heartbeatTimeout: "1 second" }),
    "heartbeatTimeout",
    "nothing: a command gives no heartbeat, but `liveness` can check whether it works",
    "\"1 second\""
  ],
  ["a command with another unit of memory", ofCommand({ maxMemory: "64 MB" }), "maxMemory", memory, "\"64 MB\""],
  ["a thread with a relative path", ({ worker }) => worker("./work.js"), "file", place, "\"./work.js\""],
  [
    "a thread with an address as text",
    ({ worker }) => worker("http://example.org/work.js"),
    "file",
    place,
    "\"http://example.org/work.js\""
  ],
  [
    "a thread with an address",
    ({ worker }) => worker(new URL("http://example.org/work.js")),
    "file",
    place,
    "\"http://example.org/work.js\""
  ],
  ["a thread with a URL as text", ({ worker }) => worker("file:///work.js"), "file", place, "\"file:///work.js\""],
  [
    "a thread with a file of another host",
    ({ worker }) => worker(new URL("file://host/work.js")),
    "file",
    place,
    "\"file://host/work.js\""
  ],
  ["a thread with a NUL in its path", ({ worker }) => worker("/wo\0rk.js"), "file", place, "\"/wo\\u0000rk.js\""],
  ["a thread with null as options", ofThread(null), "options", "an object", "null"],
  ["a thread with NaN as heartbeat", ofThread({ heartbeatTimeout: NaN }), "heartbeatTimeout", duration, "NaN"],
  ["a thread with a negative heartbeat", ofThread({ heartbeatTimeout: -1 }), "heartbeatTimeout", duration, "-1"],
  ["a thread without a heartbeat", ofThread({ heartbeatTimeout: 0 }), "heartbeatTimeout", "a duration above 0", "0"],
  ["a thread with a text as time", ofThread({ stopTimeout: "soon" }), "stopTimeout", duration, "\"soon\""],
  ["a thread with a text as limits", ofThread({ resourceLimits: "64" }), "resourceLimits", "an object", "\"64\""],
  ["a thread with a list as limits", ofThread({ resourceLimits: [64] }), "resourceLimits", "an object", "[64]"],
  [
    "a thread with a text as limit",
    ofThread({ resourceLimits: { stackSizeMb: "4" } }),
    "resourceLimits.stackSizeMb",
    "a number of megabytes above 0, finite",
    "\"4\""
  ],
  [
    "a thread with NaN as limit",
    ofThread({ resourceLimits: { stackSizeMb: NaN } }),
    "resourceLimits.stackSizeMb",
    "a number of megabytes above 0, finite",
    "NaN"
  ],
  [
    "a thread with Infinity as limit",
    ofThread({ resourceLimits: { codeRangeSizeMb: Infinity } }),
    "resourceLimits.codeRangeSizeMb",
    "a number of megabytes above 0, finite",
    "Infinity"
  ],
  [
    "a thread with an unknown limit",
    ofThread({ resourceLimits: { maxOld: 5 } }),
    "resourceLimits.maxOld",
    "one of maxYoungGenerationSizeMb, maxOldGenerationSizeMb, codeRangeSizeMb, stackSizeMb",
    "\"maxOld\""
  ],
  [
    "a thread with a text as arguments",
    ofThread({ execArgv: "--inspect" }),
    "execArgv",
    "a list of texts without NUL",
    "\"--inspect\""
  ],
  [
    "a thread with a NUL in an argument",
    ofThread({ execArgv: ["a\0"] }),
    "execArgv",
    "a list of texts without NUL",
    "[\"a\\u0000\"]"
  ],
  ["a thread with a function in its data", ofThread({ data: { onDone: () => 1 } }), "data", cloned, "() => 1"],
  ["a thread with a promise as data", ofThread({ data: Promise.resolve() }), "data", cloned, "#<Promise>"],
  ["a thread with data that throws", ofThread({ data: throwing }), "data", cloned, "not now"],
  ["a thread with a pattern as readiness", ofThread({ readiness: /up/ }), "readiness", served, "/up/"],
  ["a thread with NaN as memory", ofThread({ maxMemory: NaN }), "maxMemory", memory, "NaN"],
  ["a process of Node with a relative path", ({ forked }) => forked("work.js"), "file", place, "\"work.js\""],
  [
    "a process of Node with data as file",
    ({ forked }) => forked(new URL("data:text/javascript,1")),
    "file",
    place,
    "\"data:text/javascript,1\""
  ],
  [
    "a process of Node with a slash in the name of its file",
    ({ forked }) => forked(new URL("file:///a%2fb.js")),
    "file",
    place,
    "\"file:///a%2fb.js\""
  ],
  [
    "a process of Node with a NUL in its path",
    ({ forked }) => forked(new URL("file:///a%00b.js")),
    "file",
    place,
    "\"file:///a%00b.js\""
  ],
  [
    "a process of Node with a NUL in an argument",
    ofFork({ execArgv: ["a\0"] }),
    "execArgv",
    "a list of texts without NUL",
    "[\"a\\u0000\"]"
  ],
  ["a process of Node with null as options", ofFork(null), "options", "an object", "null"],
  ["a process of Node with a list as environment", ofFork({ env: ["A=1"] }), "env", "an object of texts", "[\"A=1\"]"],
  ["a process of Node with null as user", ofFork({ user: null }), "user", ids, "null"],
  ["a process of Node with NaN as heartbeat", ofFork({ heartbeatTimeout: NaN }), "heartbeatTimeout", duration, "NaN"],
  [
    "a process of Node with a negative time",
    ofFork({ stopTimeout: "-1 second" }),
    "stopTimeout",
    duration,
    "\"-1 second\""
  ],
  ["a process of Node with a function as data", ofFork({ data: () => 1 }), "data", sent, "() => 1"],
  [
    "a process of Node with memory that threads share",
    ofFork({ data: new SharedArrayBuffer(4) }),
    "data",
    sent,
    "#<SharedArrayBuffer>"
  ],
  ["a process of Node with a pattern as readiness", ofFork({ readiness: /up/ }), "readiness", served, "/up/"],
  ["a process of Node without memory", ofFork({ maxMemory: 0 }), "maxMemory", memory, "0"]
]

describe.each([
  ["in plain TypeScript", facade, undefined],
  ["with Effect", core, "s"]
])("%s is refused", (_, door, service) => {
  it.each(rows)("%s", (_, make, field, expected, actual) => {
    const thrown = thrownBy(() => make(door))
    expect(thrown).toBeInstanceOf(InvalidOption)
    expect(thrown).toMatchObject({ field, expected, actual, service })
  })

  it.each<[what: string, make: (door: Door) => unknown, message: string]>([
    ["a command with an unknown readiness", ofCommand({ readiness: "soon" }), "readiness"],
    ["a thread with null as readiness", ofThread({ readiness: null }), "readiness"],
    ["a process of Node with a probe that checks nothing", ofFork({ readiness: { every: 1 } }), "readiness.check"]
  ])("%s, at the latest when it is added", (_, make, field) => {
    const thrown = thrownBy(() => door.add(make(door)))
    expect(thrown).toBeInstanceOf(InvalidOption)
    expect(thrown).toMatchObject({ field })
  })
})

describe.each([
  ["in plain TypeScript", facade, []],
  ["with Effect", core, [
    ...Service.optionKeys.filter((key) => !/readiness|Timeout/.test(key)),
    "startTimeout",
    "onStop"
  ]]
])("%s, an unknown option is refused at the call, with all that are known", (_, door, more) => {
  const host = ["data", "execArgv", "heartbeatTimeout", "readiness", "stopTimeout", "maxMemory"]
  const command = ["cwd", "env", "output", "ansi", "stopSignal", "user"]

  it.each<[what: string, make: (door: Door) => unknown, keys: ReadonlyArray<string>]>([
    ["by a command", ofCommand({ cwdd: "/" }), [...command, "stdin", "readiness", "stopTimeout", "maxMemory"]],
    ["by a thread", ofThread({ cwdd: "/" }), [...host, "resourceLimits"]],
    ["by a process of Node", ofFork({ cwdd: "/" }), [...host, ...command]]
  ])("%s", (_, make, keys) => {
    const thrown = thrownBy(() => make(door)) as InvalidOption
    expect(thrown).toMatchObject({ _tag: "InvalidOption", field: "cwdd", actual: "\"cwdd\"" })
    expect(thrown.expected.replace("one of ", "").split(", ").toSorted()).toEqual([...keys, ...more].toSorted())
  })
})

it.each([["a thread", worker], ["a process of Node", forked]])(
  "%s whose data cannot be copied any more crashes, and says so",
  async (_, make) => {
    const { governor } = governed()
    const work = new URL("../fixtures/threads/work.ts", import.meta.url)
    const data: Record<string, unknown> = { how: "completes" }
    governor.add("broken", make(work, { data })).start()
    data["how"] = () => 1
    const { services: [broken] } = await governor.waitForShutdown()
    expect(broken!.cause!.message).toBe(
      "data of service \"broken\": expected what can be copied as by structuredClone, got () => 1 could not be cloned."
    )
  }
)

it("a thread may have memory that it shares as data", () => {
  const data = { cells: new Int32Array(new SharedArrayBuffer(4)), buffer: new SharedArrayBuffer(4) }
  expect(() => worker(file, { data })).not.toThrow()
  expect(() => ServiceProcess.worker("s", file, { data })).not.toThrow()
})
