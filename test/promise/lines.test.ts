/** What an operator reads at the default level when things go wrong, or when commands overtake one another. */
import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { type LogEntry, type ServiceAPI } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"

const stays = ({ sleep }: ServiceAPI) => sleep("Infinity")

/** The lines, with their times, without those that say that a run is ready. */
const linesOf = ({ logs }: TestGovernor): Array<string> => logs.filter(isOther).map(text)

const isOther = ({ message }: LogEntry): boolean => !message.startsWith("ready")

const text = ({ message, service, time }: LogEntry): string =>
  `${time}: ${service === undefined ? "" : `${service} `}${message}`

describe("a restart of a group", () => {
  it("says who stops with whom, and promises no time that the group may not keep", async () => {
    const test = new TestGovernor({ strategy: "dependents", restart: "1 second" })
    const database = test.probe("database")
    const web = test.probe("web", { dependsOn: ["database"] })
    web.hang()
    test.add("waits", stays, { dependsOn: ["web"] })
    test.add("other", stays)
    test.start()
    await test.advance(0)
    database.crash(new Error("lost"))
    await test.advance("3 seconds")
    web.release()
    await test.advance(0)
    expect(test.logs.map(text).slice(4)).toEqual([
      "0: database crashed",
      "0: database restarting with its group, in 1 s or later",
      "0: waits stopping with \"database\"",
      "0: web stopping with \"database\"",
      "3000: database ready in 0 ms",
      "3000: web ready in 0 ms",
      "3000: waits ready in 0 ms"
    ])
    await test.shutdown()
  })

  it("without a delay is one line for the one that crashed", async () => {
    const test = new TestGovernor({ strategy: "one-for-all", restart: 0 })
    const first = test.probe("first")
    test.add("second", stays)
    test.start()
    await test.advance(0)
    first.crash(new Error("lost"))
    await test.advance(0)
    expect(linesOf(test)).toEqual(["0: first crashed, restarting with its group", "0: second stopping with \"first\""])
    await test.shutdown()
  })
})

it("says that a run hangs at its start when its time is over, and once", async () => {
  const test = new TestGovernor({ restart: "1 minute" })
  const slow = test.probe("slow", { readiness: "manual", startTimeout: "10 seconds", stopTimeout: "1 hour" })
  slow.hang()
  test.start()
  await test.advance("10 seconds")
  expect(test.logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "warn hung: run 1 of service \"slow\" was not ready within 10 s"
  ])
  slow.release()
  await test.advance(0)
  expect(linesOf(test).slice(1)).toEqual([
    "10000: slow crashed: run 1 of service \"slow\" was not ready within 10 s, and has ended now",
    "10000: slow restarting in 1 min"
  ])
  await test.shutdown()
})

describe("commands that overtake one another", () => {
  const commands = ["start", "stop", "restart", "remove"] as const
  type Command = typeof commands[number]

  /** The lines of a service whose run ends a second after these commands. */
  const after = async (...given: ReadonlyArray<Command | "shutdown">) => {
    const test = new TestGovernor()
    test.add("keeper", stays)
    const slow = test.probe("slow")
    slow.hang()
    test.start()
    await test.advance(0)
    const handle = test.get("slow")
    for (const command of given) void (command === "shutdown" ? test.shutdown() : handle[command]())
    await test.advance("1 second")
    slow.release()
    await test.advance(0)
    const lines = linesOf(test).filter((line) => line.includes("slow"))
    await test.shutdown()
    return lines
  }

  it.each<[ReadonlyArray<Command | "shutdown">, ReadonlyArray<string>]>([
    [["restart", "stop"], ["0: slow restarting by hand", "1000: slow stopped by hand"]],
    [["stop", "restart"], ["0: slow restarting by hand"]],
    [["stop", "start"], ["0: slow restarting by hand"]],
    [["stop", "start", "restart", "start"], ["0: slow restarting by hand"]],
    [["remove", "start"], ["0: slow restarting by hand"]],
    [["remove", "stop"], ["1000: slow stopped by hand"]],
    [["stop", "remove"], ["1000: slow stopped by hand", "1000: slow removed"]],
    [["restart", "remove"], ["0: slow restarting by hand", "1000: slow removed"]],
    [["restart", "start"], ["0: slow restarting by hand"]],
    [["restart", "shutdown"], ["0: slow restarting by hand"]],
    [["stop", "start", "stop"], ["0: slow restarting by hand", "1000: slow stopped by hand"]]
  ])("%s", async (given, expected) => {
    expect(await after(...given)).toEqual(expected)
  })

  it("a stop of one that stops with its group", async () => {
    const test = new TestGovernor({ strategy: "one-for-all", restart: "1 second" })
    const first = test.probe("first")
    const second = test.probe("second")
    second.hang()
    test.start()
    await test.advance(0)
    first.crash(new Error("lost"))
    await test.advance(0)
    void test.get("second").stop()
    second.release()
    await test.advance(0)
    expect(linesOf(test).slice(2)).toEqual(["0: second stopping with \"first\"", "0: second stopped by hand"])
    await test.shutdown()
  })
})

describe("the warning of slow stops", () => {
  const warnings = ({ logs }: TestGovernor) =>
    logs.filter(({ level }) => level === "warn").map(({ message, time }) => `${time}: ${message}`)

  it("names each one once it takes 5 seconds, and every 5 seconds after that", async () => {
    const test = new TestGovernor()
    const [a, b] = [test.probe("a"), test.probe("b")]
    a.hang()
    b.hang()
    test.start()
    void test.get("a").stop()
    await test.advance("4900 millis")
    void test.get("b").stop()
    await test.advance("6 seconds")
    expect(warnings(test)).toEqual(["5000: still stopping: \"a\"", "9900: still stopping: \"a\", \"b\""])
    a.release()
    await test.advance("6 seconds")
    expect(warnings(test).slice(2)).toEqual(["14900: still stopping: \"b\""])
    b.release()
    await test.shutdown()
  })

  it("names not more than once a second those whose time is over", async () => {
    const test = new TestGovernor()
    const names = ["a", "b", "c", "d"]
    const probes = names.map((name) => test.probe(name))
    probes.forEach((probe) => probe.hang())
    test.start()
    for (const name of names) {
      void test.get(name).stop()
      await test.advance("700 millis")
    }
    await test.advance("5 seconds")
    expect(warnings(test)).toEqual([
      "5000: still stopping: \"a\"",
      "6000: still stopping: \"a\", \"b\"",
      "7000: still stopping: \"a\", \"b\", \"c\""
    ])
    probes.forEach((probe) => probe.release())
    await test.shutdown()
  })

  it("tells those that were asked to stop from those whose runs have ended, and close", async () => {
    const test = new TestGovernor({ restart: "1 hour" })
    let close = () => {}
    const closes = new Promise<void>((resolve) => void (close = resolve))
    test.add("crashed", ({ defer }) => {
      defer(() => closes)
      throw new Error("lost")
    })
    test.add("completed", ({ defer }) => defer(() => closes))
    const asked = test.probe("asked")
    asked.hang()
    test.start()
    void test.get("asked").stop()
    await test.advance("5 seconds")
    expect(warnings(test)).toEqual([
      "5000: still closing after a crash: \"crashed\"; still closing: \"completed\"; still stopping: \"asked\""
    ])
    close()
    asked.release()
    await pause(0)
    await test.shutdown()
  })
})

it("says the crash before the condition of its policy that threw", async () => {
  const test = new TestGovernor()
  const unless = () => {
    throw new Error("no condition")
  }
  test.add("a", () => {
    throw new Error("lost")
  }, { restart: { after: "1 minute", unless } })
  test.start()
  await test.advance(0)
  expect(linesOf(test)).toEqual([
    "0: a crashed",
    "0: a the condition of its restart policy threw, so the policy decides without the condition",
    "0: a restarting in 1 min"
  ])
  await test.shutdown()
})
