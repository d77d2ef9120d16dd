/** What status and events say of real processes and threads. */
import { describe, expect, it, vi } from "vitest"
import { command, forked, worker } from "../../src/process/index.ts"
import type { Governor } from "../../src/promise/index.ts"
import { governed } from "./governed.ts"

const file = new URL("../fixtures/threads/work.ts", import.meta.url)
const MiB = 1024 ** 2

/** What the process of the service was told to be, once that is so. */
const processOf = (governor: Governor, name: string, expected: object) =>
  vi.waitFor(() => expect(governor.get(name).status().process).toMatchObject(expected), {
    timeout: 20_000,
    interval: 10
  })

const anyNumber: number = expect.any(Number)

describe.each([
  ["a command", () => command(process.execPath, ["-e", "setInterval(() => {}, 1000)"]), "pid", ["SIGTERM"]],
  ["a process of Node", () => forked(file, { data: { how: "waits" } }), "pid", [0, "SIGTERM"]],
  ["a thread", () => worker(file, { data: { how: "waits" } }), "thread", [0]]
])("%s", (_, made, which, ends) => {
  it("is in the status and in the events: its number, its memory, and how it ended", async () => {
    const { events, governor } = governed()
    governor.add("one", made()).start()
    await processOf(governor, "one", { [which]: anyNumber, memory: anyNumber })
    const { process: before } = governor.get("one").status()
    expect(before!.memory).toBeGreaterThan(MiB)
    await governor.get("one").stop()
    expect(governor.get("one").status()).toMatchObject({ _tag: "Stopped", process: before })
    const { code, signal } = governor.get("one").status().process!
    expect(ends, "what ends when its work is done may do so by itself").toContain(signal ?? code)
    const told = events.filter(({ _tag }) => _tag.startsWith("Process") && _tag !== "ProcessMeasured")
    expect(told).toMatchObject([
      { _tag: "ProcessStarted", service: "one", run: 1, process: { [which]: before![which as "pid"] } },
      {
        _tag: "ProcessEnded",
        service: "one",
        run: 1,
        process: governor.get("one").status().process
      }
    ])
    const tags = events.map(({ _tag }) => _tag)
    expect(tags.indexOf("ProcessStarted")).toBeGreaterThan(tags.indexOf("ServiceStarting"))
    expect(tags.indexOf("ProcessEnded")).toBeGreaterThan(tags.indexOf("ServiceStopping"))
    expect(tags.indexOf("ProcessEnded")).toBeLessThan(tags.indexOf("ServiceStopped"))
  })
})

it("is that of the latest run, and the code of a crash is there before the crash is told", async () => {
  const { events, governor, ready } = governed()
  const script = "setTimeout(() => process.exit(9), 50)"
  governor.add("broken", command(process.execPath, ["-e", script]), { restart: "1 hour" }).start()
  await ready(1)
  await vi.waitFor(() => expect(governor.get("broken").status()._tag).toBe("Backoff"), { timeout: 20_000 })
  const first = governor.get("broken").status().process!
  expect(first).toMatchObject({ code: 9 })
  const tags = events.map(({ _tag }) => _tag)
  expect(tags.indexOf("ProcessEnded")).toBeLessThan(tags.indexOf("ServiceCrashed"))
  await governor.get("broken").restart()
  await processOf(governor, "broken", { pid: anyNumber })
  expect(governor.get("broken").status().process!.pid).not.toBe(first.pid)
  expect(governor.get("broken").status().process!.code).toBeUndefined()
})

it("says nothing of services that are neither", async () => {
  const { governor } = governed()
  governor.add("plain", ({ sleep }) => sleep("1 hour")).start()
  expect("process" in governor.get("plain").status()).toBe(false)
  await governor.shutdown()
})

describe("more memory than maxMemory", () => {
  const grows = "const all = []; setInterval(() => { all.push(Buffer.alloc(2 ** 20, 1)) }, 5)"

  it.each([
    ["a command", () => command(process.execPath, ["-e", grows], { maxMemory: "100 MiB" }), "100 MiB"],
    ["a process of Node", () => forked(file, { data: { how: "grows" }, maxMemory: "120 MiB" }), "120 MiB"],
    ["a thread", () => worker(file, { data: { how: "grows" }, maxMemory: 20 * MiB }), "20 MiB"]
  ])("%s is stopped, and restarted with that cause", async (_, made, most) => {
    const { events, governor, ready } = governed()
    governor.add("eater", made(), { restart: 0 }).start()
    await ready(2)
    const crash = events.find(({ _tag }) => _tag === "ServiceCrashed")
    expect(crash).toMatchObject({
      run: 1,
      cause: {
        name: "MemoryExceeded",
        message: expect.stringMatching(new RegExp(`of service "eater" takes [\\d.]+ MiB of memory, more than ${most}$`))
      }
    })
    const measured = events.flatMap((event) =>
      event._tag === "ProcessMeasured" && event.run === 1 ? [event.process.memory] : []
    )
    expect(measured.length).toBeGreaterThanOrEqual(1)
    expect(governor.get("eater").status()).toMatchObject({ crashes: 1, lastFailure: { run: 1 } })
  }, 60_000)

  it("is killed if it does not stop in time, and the cause is the memory all the same", async () => {
    const { events, governor, ready } = governed()
    const deaf = `process.on('SIGTERM', () => {}); ${grows}`
    const options = { maxMemory: "100 MiB", stopTimeout: "100 millis" } as const
    governor.add("eater", command(process.execPath, ["-e", deaf], options), { restart: 0 }).start()
    await ready(2)
    expect(events.find(({ _tag }) => _tag === "ProcessEnded")).toMatchObject({ process: { signal: "SIGKILL" } })
    expect(events.find(({ _tag }) => _tag === "ServiceCrashed")).toMatchObject({ cause: { name: "MemoryExceeded" } })
  }, 60_000)
})
