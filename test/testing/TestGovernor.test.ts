import * as Effect from "effect/Effect"
import { getEventListeners } from "node:events"
import { setImmediate as turn } from "node:timers/promises"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Governor, InvalidOption, type ServiceAPI } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"
import { TestTime } from "../../src/testing/TestTime.ts"
import { run } from "../child.ts"

afterEach(() => {
  vi.useRealTimers()
})

const ticker = (every: string | number) => {
  const ticks: Array<number> = []
  let n = 0
  const service = async ({ sleep }: ServiceAPI) => {
    while (!(await sleep(every as "1 second"))) ticks.push(++n)
  }
  return { ticks, service }
}

describe("advance", () => {
  it("goes from one sleep that ends to the next", async () => {
    await using test = new TestGovernor()
    const { service, ticks } = ticker("10 seconds")
    test.add("ticker", service)
    test.start()
    await test.advance("59999 millis")
    expect(ticks.length).toBe(5)
    await test.advance(1)
    expect(ticks.length).toBe(6)
  })

  it("moves nothing by itself", async () => {
    await using test = new TestGovernor()
    const { service, ticks } = ticker(1)
    test.add("ticker", service)
    test.start()
    for (let i = 0; i < 20; i++) await turn()
    expect(ticks).toEqual([])
    await test.advance(0)
    expect(ticks).toEqual([])
  })

  it("lets crashes, delays and runs follow one another, each at its time", async () => {
    await using test = new TestGovernor().restart("10 seconds")
    test.add("flaky", async ({ sleep }) => {
      await sleep("5 seconds")
      throw new Error("again")
    })
    test.start()
    await test.advance("1 minute")
    const starts = test.events.flatMap((event) => event._tag === "ServiceStarting" ? [event.time / 1000] : [])
    const crashes = test.events.flatMap((event) => event._tag === "ServiceCrashed" ? [event.time / 1000] : [])
    expect(starts).toEqual([0, 15, 30, 45, 60])
    expect(crashes).toEqual([5, 20, 35, 50])
    expect(test.get("flaky").status()).toMatchObject({ _tag: "Running", run: 5, restarts: 4 })
  })

  it("waits for promises and turns of the event loop between sleeps", async () => {
    await using test = new TestGovernor()
    const times: Array<number> = []
    test.add("busy", async ({ sleep }) => {
      do {
        for (let i = 0; i < 1000; i++) await Promise.resolve()
        for (let i = 0; i < 3; i++) await turn()
        const started = test.events[0]!.time
        times.push(started)
      } while (!(await sleep("10 seconds")))
    })
    test.start()
    await test.advance("1 minute")
    expect(times.length).toBe(7)
  })

  it("ends together what ends at the same time, in the order in which it began", async () => {
    await using test = new TestGovernor()
    const ended: Array<string> = []
    for (const [name, first, second] of [["a", 2, 2], ["b", 3, 1], ["c", 1, 3]] as const) {
      test.add(name, async ({ sleep }) => {
        await sleep(first)
        await sleep(second)
        ended.push(name)
      })
    }
    test.start()
    await test.advance(10)
    expect(ended).toEqual(["c", "a", "b"])
  })

  it("is the same each time, for a thousand services that crash and restart", async () => {
    const story = async () => {
      const test = new TestGovernor().restart("1 second")
      for (let i = 0; i < 1000; i++) {
        test.add(`s${i}`, async ({ run, sleep }) => {
          await sleep(1 + (i * run) % 10)
          if (run % 2 === 1) throw new Error("odd")
        })
      }
      test.start()
      await test.advance("3 seconds")
      const steps = [...test.steps]
      await test.shutdown()
      return steps
    }
    const first = await story()
    expect(first.length).toBeGreaterThan(10_000)
    expect(await story()).toEqual(first)
  })

  it("lets a service that sleeps for no time have its turns, and time go on", async () => {
    await using test = new TestGovernor()
    let turns = 0
    const { service, ticks } = ticker("10 seconds")
    test.add("restless", async ({ sleep }) => {
      while (!(await sleep(0))) turns++
    })
    test.add("ticker", service)
    test.start()
    await test.advance("1 minute")
    expect(ticks.length).toBe(6)
    expect(turns).toBeGreaterThan(100)
  })

  it("needs no time for a sleep of none", async () => {
    const test = new TestGovernor()
    let slept = false
    test.add("a", async ({ sleep }) => {
      await sleep(0)
      slept = true
    })
    test.start()
    await test.advance(0)
    expect(slept).toBe(true)
  })

  it("is the same however a program asks for it", async () => {
    const time = new TestTime()
    await time.advance(1500.25, () => [])
    const { clock } = time
    const millis = [time.now, clock.currentTimeMillisUnsafe(), Effect.runSync(clock.currentTimeMillis)]
    expect(millis).toEqual([1500.25, 1500.25, 1500.25])
    const nanos = [
      clock.currentTimeNanosUnsafe(),
      Effect.runSync(clock.currentTimeNanos),
      clock.monotonicTimeNanosUnsafe(),
      Effect.runSync(clock.monotonicTimeNanos)
    ]
    expect(nanos).toEqual(Array(4).fill(1_500_250_000n))
  })

  it("lets no sleep be shorter than a timer can be", async () => {
    await using test = new TestGovernor()
    const { service, ticks } = ticker(0.5)
    test.add("ticker", service)
    test.start()
    await test.advance(10)
    expect(ticks.length).toBe(10)
  })

  it("says so when restarts without a delay never end", async () => {
    const test = new TestGovernor().restart(0)
    test.add("storm", () => {
      throw new Error("at once")
    })
    test.start()
    await expect(test.advance("1 second")).rejects.toThrow(
      /^advance\(\) cannot end, because these services restart for ever without a delay: \w+$/
    )
    const { services } = await test.shutdown()
    expect(services[0]).toMatchObject({ name: "storm", outcome: "Stopped" })
    await test.advance("1 second")
  })

  it("lets restarts without a delay settle that do end", async () => {
    await using test = new TestGovernor().restart(0, { maxRestarts: 500, within: "1 minute" })
    test.add("storm", async () => {
      throw new Error("soon")
    })
    test.start()
    await test.advance(0)
    expect(test.get("storm").status()).toMatchObject({ _tag: "Failed", run: 501 })
  })

  it.each([["1 minute", 60_000], [1500, 1500], [0, 0], ["2 hours", 7_200_000]] as const)(
    "takes %s",
    async (duration, millis) => {
      const test = new TestGovernor()
      await test.advance(duration)
      test.add("now", () => {}).start()
      expect(test.events[0]!.time).toBe(millis)
    }
  )

  it.each([-1, NaN, Infinity, "Infinity", "soon", undefined])("refuses %s", async (duration) => {
    const test = new TestGovernor()
    await expect(test.advance(duration as number)).rejects.toThrow(InvalidOption)
    await expect(test.advance(duration as number)).rejects.toThrow(/duration/)
    await test.advance(1)
  })

  it("does one after another when it is asked twice at once", async () => {
    await using test = new TestGovernor()
    const { service, ticks } = ticker("1 second")
    test.add("ticker", service)
    test.start()
    await Promise.all([test.advance("2 seconds"), test.advance("3 seconds")])
    expect(ticks.length).toBe(5)
  })

  it("goes on after a shutdown, when nothing is left to do", async () => {
    const test = new TestGovernor()
    test.add("idle", async ({ sleep }) => void (await sleep("1 minute")))
    test.start()
    await test.shutdown()
    await test.advance("1 hour")
    expect(test.status()[0]!._tag).toBe("Stopped")
  })

  it("moves one test's time and not the other's", async () => {
    await using one = new TestGovernor()
    await using other = new TestGovernor()
    const [a, b] = [ticker("1 second"), ticker("1 second")]
    one.add("a", a.service)
    other.add("b", b.service)
    one.start()
    other.start()
    await Promise.all([one.advance("3 seconds"), other.advance("5 seconds")])
    expect([a.ticks.length, b.ticks.length]).toEqual([3, 5])
  })

  it("moves a governor inside of the governor", async () => {
    await using test = new TestGovernor().catchSignals()
    const { service, ticks } = ticker("10 seconds")
    test.add("ingest", Governor.asService((inner) => void inner.add("ticker", service), { restart: "1 second" }))
    test.start()
    await test.whenReady()
    await test.advance("1 minute")
    expect(ticks.length).toBe(6)
    test.signal("SIGTERM")
    expect((await test.waitForShutdown()).services.map(({ name }) => name)).toContain("ingest/ticker")
    expect(test.exit).toEqual({ code: 0, why: "no service is active", running: [] })
  })
})

describe("stops", () => {
  it("lets a stopTimeout pass while the shutdown is awaited", async () => {
    const test = new TestGovernor({ stopTimeout: "5 seconds" })
    test.probe("hung").hang()
    test.start()
    const done = test.shutdown()
    await test.advance("4999 millis")
    expect(test.status()[0]!._tag).toBe("Stopping")
    await test.advance(1)
    const { ok, services } = await done
    expect([ok, services[0]!.outcome, services[0]!.duration]).toEqual([false, "Abandoned", 5000])
  })

  it("warns of a slow stop every 5 seconds, into the log that nobody sees", async () => {
    const test = new TestGovernor()
    const slow = test.probe("slow")
    slow.hang()
    test.start()
    const done = test.shutdown("enough")
    await test.advance("12 seconds")
    slow.release()
    expect((await done).ok).toBe(true)
    expect(test.logs.map(({ level, message, time }) => [level, message, time])).toEqual([
      ["info", "ready in 0 ms", 0],
      ["info", "shutting down: enough", 0],
      ["warn", `still stopping: "slow"`, 5000],
      ["warn", `still stopping: "slow"`, 10_000],
      ["info", "shut down in 12 s", 12_000]
    ])
  })

  it("passes each line on to a log of one's own", async () => {
    const lines: Array<string> = []
    const test = new TestGovernor({ log: ({ message }) => void lines.push(message) })
    test.add("hello", ({ log }) => log("hello, %s", "world")).start()
    await test.shutdown()
    expect(lines).toEqual([
      "hello, world",
      "completed, and will not be restarted",
      "shutting down: requested",
      "shut down in 0 ms"
    ])
    expect(test.logs.map(({ message }) => message)).toEqual(lines)
  })

  it("lets pass what time a disposal takes", async () => {
    let test: TestGovernor
    {
      await using own = test = new TestGovernor({ stopTimeout: "90 seconds" })
      own.probe("hung").hang()
      own.start()
    }
    expect(test.steps.at(-1)).toBe("ShutdownCompleted")
    expect(test.get("hung").status()._tag).toBe("Failed")
  })

  it("lets pass the hours that a stopTimeout may have as it is disposed of", async () => {
    const test = new TestGovernor({ stopTimeout: "5 hours" })
    test.probe("hung").hang()
    test.start()
    await test[Symbol.asyncDispose]()
    expect(test.steps.slice(-3)).toEqual(["Abandoned hung#1", "Failed hung#1", "ShutdownCompleted"])
  })

  it("leaves a service that stops in real time that time when it is disposed of", async () => {
    let test: TestGovernor
    {
      await using own = test = new TestGovernor({ stopTimeout: "10 seconds" })
      own.add("server", ({ signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => void setTimeout(resolve, 5))
        }))
      own.start()
    }
    expect(test.get("server").status()._tag).toBe("Stopped")
  })

  it("names who never ends when it is disposed of", async () => {
    const test = new TestGovernor()
    test.probe("hung").hang()
    test.start()
    await expect(test[Symbol.asyncDispose]()).rejects.toThrow(
      "more than a day of the test's time after the shutdown began, these services still run: hung"
    )
  }, 20_000)
})

describe("options", () => {
  it.each([[{ patience: 1 }], [null], [{ log: "console" }], [{ stopTimeout: -1 }]])("%j are refused", (options) => {
    expect(() => new TestGovernor(options as object)).toThrow(InvalidOption)
  })
})

describe("signal", () => {
  const hung = () => {
    const test = new TestGovernor().catchSignals()
    const probe = test.probe("hung")
    probe.hang()
    test.probe("fine")
    test.start()
    return { test, probe }
  }
  const events = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "uncaughtException", "unhandledRejection"]
  const listeners = () => events.map((event) => getEventListeners(process, event).length)

  it("shuts down, and the process ends with 0", async () => {
    const before = listeners()
    const test = new TestGovernor().catchSignals({ catchUncaught: true })
    test.probe("fine")
    expect(test.exit).toBe(undefined)
    test.start()
    expect(test.exit).toBe(undefined)
    expect(listeners()).toEqual(before)
    test.signal("SIGTERM")
    const { reason } = await test.waitForShutdown()
    expect(reason).toEqual({ _tag: "Signal", signal: "SIGTERM" })
    expect(test.exit).toEqual({ code: 0, why: "no service is active", running: [] })
  })

  it("that comes again a second later ends the process, and one that comes sooner is an echo", async () => {
    const { probe, test } = hung()
    test.signal("SIGTERM")
    await test.advance(999)
    test.signal("SIGTERM")
    test.signal("SIGINT")
    expect(test.exit).toBe(undefined)
    await test.advance(1)
    test.signal("SIGTERM")
    const exit = { code: 143, why: "SIGTERM came again", running: ["hung"] }
    expect(test.exit).toEqual(exit)
    expect(test.logs.at(-1)!.message).toBe(
      `received SIGTERM again: exiting at once with code 143, services still running: "hung"`
    )
    test.signal("SIGINT")
    probe.release()
    await test.waitForShutdown()
    expect(test.exit).toEqual(exit)
  })

  it("bounds the shutdown with 25 seconds, and the process ends with 1", async () => {
    const { test } = hung()
    test.signal("SIGHUP")
    await test.advance("25 seconds")
    const { duration, ok } = await test.waitForShutdown()
    expect([ok, duration]).toEqual([false, 25_000])
    expect(test.exit).toEqual({ code: 1, why: "the report is not ok", running: [] })
  })

  it("ends the process with 0 if a service that had failed runs again", async () => {
    const test = new TestGovernor().catchSignals()
    const broken = test.probe("broken", { restart: false })
    const hung = test.probe("hung", { heartbeatTimeout: 100, stopTimeout: 100, restart: "1 second" })
    test.start()
    hung.hang()
    broken.crash()
    await test.advance(200)
    expect(test.exit).toMatchObject({ code: 1 })
    await test.get("broken").start()
    hung.release()
    await test.advance(1000)
    expect(test.status().map(({ _tag }) => _tag)).toEqual(["Running", "Running"])
    test.signal("SIGTERM")
    expect((await test.waitForShutdown()).ok).toBe(true)
    expect(test.exit).toMatchObject({ code: 0 })
  })

  it.each([[true, 1], [false, 0]])(
    "or none at all: of a failed service, caught %s, the process ends with %d",
    async (caught, code) => {
      const test = new TestGovernor()
      if (caught) test.catchSignals()
      const probe = test.probe("broken")
      test.start()
      probe.crash()
      await test.waitForShutdown()
      expect(test.exit?.code).toBe(code)
    }
  )

  it("that comes before anything was started leaves nothing to wait for", async () => {
    expect(new TestGovernor().exit).toBe(undefined)
    const test = new TestGovernor().catchSignals().catchSignals()
    test.probe("idle")
    expect(test.exit).toBe(undefined)
    test.signal("SIGTERM")
    await test.waitForShutdown()
    expect(test.exit).toEqual({ code: 0, why: "no service is active", running: [] })
  })

  it("may come again to a process that is up again", async () => {
    const test = new TestGovernor().catchSignals()
    test.add("once", () => {}).start()
    await test.waitForShutdown()
    expect(test.exit?.code).toBe(0)
    test.probe("later")
    test.start()
    expect(test.exit).toBe(undefined)
    test.signal("SIGTERM")
    expect((await test.waitForShutdown()).reason).toEqual({ _tag: "Signal", signal: "SIGTERM" })
    test.signal("SIGTERM")
    expect(test.exit).toEqual({ code: 0, why: "no service is active", running: [] })
  })

  it("that nobody catches ends the process at once", async () => {
    await using test = new TestGovernor()
    test.probe("idle")
    test.start()
    test.signal("SIGINT")
    expect(test.exit).toEqual({ code: 130, why: "SIGINT was not caught", running: ["idle"] })
  })

  it("leaves the process of the test alone", async () => {
    const { exitCode } = process
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never)
    const { test } = hung()
    test.signal("SIGTERM")
    await test.advance("25 seconds")
    await test.advance("10 seconds")
    expect(exit).not.toHaveBeenCalled()
    expect(process.exitCode).toBe(exitCode)
    exit.mockRestore()
  })

  it("that is none is refused", () => {
    const test = new TestGovernor()
    expect(() => test.signal("SIGWHAT" as "SIGINT")).toThrow(InvalidOption)
  })
})

describe("under faked timers", () => {
  it("works as it does without", async () => {
    vi.useFakeTimers()
    const test = new TestGovernor({ stopTimeout: "5 seconds" }).catchSignals().restart("1 second")
    const { service, ticks } = ticker("10 seconds")
    test.add("ticker", service)
    const flaky = test.probe("flaky")
    test.probe("hung").hang()
    test.start()
    await test.whenReady()
    flaky.crash()
    await test.advance("1 minute")
    expect([ticks.length, flaky.runs]).toEqual([6, 2])
    test.signal("SIGTERM")
    await test.advance("5 seconds")
    await test.waitForShutdown()
    expect(test.exit?.code).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("a disposal ends, too", async () => {
    vi.useFakeTimers()
    await using test = new TestGovernor({ stopTimeout: "5 seconds" })
    test.probe("hung").hang()
    test.start()
  })

  it("moves beside them", async () => {
    vi.useFakeTimers()
    await using test = new TestGovernor()
    const log: Array<string> = []
    test.add("mixed", async ({ sleep }) => {
      const timer = setInterval(() => log.push("timer"), 1000)
      while (!(await sleep("1 second"))) log.push("sleep")
      clearInterval(timer)
    })
    test.start()
    for (let second = 0; second < 3; second++) {
      await test.advance("1 second")
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(log).toEqual(["sleep", "timer", "sleep", "timer", "sleep", "timer"])
  })
})

it("works under Node's own test runner, and one that is forgotten does not hold the process", async () => {
  const child = run("testing")
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.output()).toMatch(/^. pass 4$/m)
  expect(child.output()).toContain("before: 0 listeners, 0 timers\n")
  expect(child.output()).toContain("after: 0 listeners, 0 timers\n")
})
