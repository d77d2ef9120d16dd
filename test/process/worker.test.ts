/** Threads and processes of Node as services, with real ones. */
import { describe, expect, it, vi } from "vitest"
import { forked, type ForkOptions, type ThreadOptions, worker } from "../../src/process/index.ts"
import type { LogEntry } from "../../src/promise/index.ts"
import { run } from "../child.ts"
import { isSuspended } from "./alive.ts"
import { block } from "./block.ts"
import { governed } from "./governed.ts"

const fileOf = (name: string) => new URL(`../fixtures/threads/${name}.ts`, import.meta.url)

const inThread = (how: string, options: ThreadOptions = {}) => worker(fileOf("work"), { data: { how }, ...options })

const inProcess = (how: string, options: ForkOptions = {}) => forked(fileOf("work"), { data: { how }, ...options })

/** Watches the event loop of this program. The result ends that, and says how long its longest pause was, in milliseconds. */
const pauses = (): () => number => {
  let longest = 0
  let before = performance.now()
  const ticks = setInterval(() => {
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
  }, 5)
  return () => {
    clearInterval(ticks)
    return longest
  }
}

/** What both can do. */
type Work = (how: string, options?: Pick<ThreadOptions, "readiness">) => ReturnType<typeof worker>

describe.each<[what: string, work: Work, file: (url: URL) => ReturnType<typeof worker>]>([
  ["a thread", inThread, worker],
  ["a process of Node", inProcess, forked]
])("%s", (_, work, made) => {
  describe("its work", () => {
    it("knows what run it is, and its log lines are those of the service", async () => {
      const { governor, log, tags } = governed()
      governor.add("told", work("told")).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      const own = log.filter(({ message }) => ["told 1 0 undefined", "debug", "warn", "error"].includes(message))
      expect(own.map(({ level, message, run, service }) => [level, message, service, run])).toEqual([
        ["info", "told 1 0 undefined", "told", 1],
        ["debug", "debug", "told", 1],
        ["warn", "warn", "told", 1],
        ["error", "error", "told", 1]
      ])
      expect(tags("told")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
    })

    it.each([
      ["an error", "throws", "Odd", "no", /^Odd: no\n[^]*work\.ts[^]*RangeError: too far/],
      ["a text", "throws a text", "Error", "a value was thrown: \"text\"", /text/]
    ])(
      "crashes by %s, which is told with its name, its message and its stack",
      async (_, how, name, message, stack) => {
        const { governor } = governed()
        governor.add("broken", work(how)).start()
        const { services: [broken] } = await governor.waitForShutdown()
        expect(broken!.cause).toMatchObject({ name, message, stack: expect.stringMatching(stack) })
      }
    )

    it("crashes by an error that nobody catches, which is told", async () => {
      const { governor } = governed()
      governor.add("broken", work("uncaught")).start()
      const { services: [broken] } = await governor.waitForShutdown()
      expect(broken!.cause!.stack).toMatch(/Odd: nobody catches this\n +at [^]*work\.ts/)
    })

    it("crashes by a promise that nobody handles", async () => {
      const { governor } = governed()
      governor.add("broken", work("rejects")).start()
      const { services: [broken] } = await governor.waitForShutdown()
      expect(broken!.cause!.message).toMatch(/nobody handles this/)
    })

    it("has crashed at once, whatever it has to close, and is ended by force when its time for that is over", async () => {
      const { governor, lines, ready, tags } = governed()
      governor.add("stuck", work("fails, and does not close"), { restart: 0, stopTimeout: "300 millis" }).start()
      await ready(2)
      const told = ["Added", "Starting", "Ready", "Unready", "Crashed", "RestartScheduled", "Starting", "Ready"]
      expect(tags("stuck")).toEqual(told)
      expect(lines("error")).toEqual(["crashed"])
      expect(lines("warn")).toEqual(["did not end within 300 ms, and is killed"])
    })

    it("is over for all that goes on of it: the signal aborts", async () => {
      const { governor } = governed()
      governor.add("looping", work("loops until it is over"), { stopTimeout: "1 minute" }).start()
      const { duration, services: [looping] } = await governor.waitForShutdown()
      expect(looping!.cause).toMatchObject({ name: "Odd", message: "no" })
      expect(duration).toBeLessThan(60_000)
    })

    it("may crash while it closes", async () => {
      const { governor } = governed()
      governor.add("badly", work("completes, and exits as it closes")).start()
      const { services: [badly] } = await governor.waitForShutdown()
      expect(badly!.cause!.message).toMatch(/ended with code 3/)
    })

    it("that is ended by force as it closes is over", async () => {
      const { governor, lines } = governed()
      governor.add("stuck", work("completes, and does not close"), { stopTimeout: "300 millis" }).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      expect(lines("warn")).toEqual(["did not end within 300 ms, and is killed"])
    })

    it.each([["completes", undefined], ["throws", "no"]])(
      "has said all when it %s, also if nobody could hear it meanwhile",
      async (how, message) => {
        const { governor, lines } = governed()
        governor.add("teller", work(`tells much, and ${how}`)).start()
        await governor.whenReady()
        block(500)
        const { services: [teller] } = await governor.waitForShutdown()
        expect(teller!.cause?.message).toBe(message)
        expect(lines("info").filter((line) => line.startsWith("line "))).toEqual(
          Array.from({ length: 20_000 }, (_, i) => `line ${i}`)
        )
      }
    )

    it("crashes if it ends before its work is done, and restarts by its policy", async () => {
      const { governor, ready, tags } = governed()
      governor.add("leaver", work("exits"), { restart: 0 }).start()
      await ready(2)
      expect(tags("leaver").slice(0, 6)).toEqual([
        "Added",
        "Starting",
        "Ready",
        "Unready",
        "Crashed",
        "RestartScheduled"
      ])
      expect(governor.get("leaver").status()).toMatchObject({ lastFailure: { cause: { name: "ProcessFailed" } } })
    })

    it("crashes if its data cannot be copied any more, and takes nobody down", async () => {
      const { governor } = governed()
      const data: Record<string, unknown> = { how: "completes" }
      governor.add("broken", work === inThread ? worker(fileOf("work"), { data }) : forked(fileOf("work"), { data }))
        .start()
      data["how"] = () => {}
      const { services: [broken] } = await governor.waitForShutdown()
      expect(broken!.cause!.message).toMatch(/could not be cloned/)
    })

    it.each([["StopService", "stops"], ["the StopService that loads Effect", "stops as Effect's does"]])(
      "ends its service for good by %s",
      async (_, how) => {
        const { governor, tags } = governed()
        governor.add("finite", work(how), { restart: 0 }).start()
        expect((await governor.waitForShutdown()).ok).toBe(true)
        expect(tags("finite")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
      }
    )

    it("completes its run by a StopService that lets its policy decide", async () => {
      const { governor, ready, tags } = governed()
      governor.add("again", work("stops for now"), { restart: 0 }).start()
      await ready(2)
      expect(tags("again").slice(0, 5)).toEqual(["Added", "Starting", "Ready", "Completed", "RestartScheduled"])
    })

    it("fails for good by a StopService with an error", async () => {
      const { governor, tags } = governed()
      governor.add("hopeless", work("gives up"), { restart: 0 }).start()
      const { services: [hopeless] } = await governor.waitForShutdown()
      expect(hopeless).toMatchObject({ outcome: "Failed", cause: { name: "Odd", message: "enough" } })
      expect(tags("hopeless")).not.toContain("RestartScheduled")
    })

    it.each(["heeds no signal", "stays"])("is over when its work is, though it %s", async (how) => {
      const { governor, tags } = governed()
      governor.add("stays", work(how), { stopTimeout: "1 hour" }).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      expect(tags("stays")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
    })

    it("may not call serve once more", async () => {
      const { governor } = governed()
      governor.add("twice", work("serves again")).start()
      const { services: [twice] } = await governor.waitForShutdown()
      expect(twice!.cause!.message).toBe("serve: expected one call in each thread or process, got another one")
    })

    it("may say that it is alive as often as it wants, and holds nobody up", async () => {
      const { governor } = governed()
      const longest = pauses()
      governor.add("lively", work("tells that it lives")).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      expect(longest(), "the work took 300 ms").toBeLessThan(300)
    })
  })

  describe("its stop", () => {
    it.each([["waits", ["begun", "aborted true", "closed"]], ["awaits", ["begun"]]])(
      "aborts its signal: one that %s ends well",
      async (how, expected) => {
        const { governor, lines, logged } = governed()
        governor.add("thread", work(how)).start()
        await logged("begun")
        const { ok, services } = await governor.shutdown()
        expect({ ok, services }).toMatchObject({ ok: true, services: [{ outcome: "Stopped" }] })
        expect(services[0]!.cause).toBeUndefined()
        expect(lines("info").filter((line) => expected.includes(line))).toEqual(expected)
      }
    )

    it("is a good end also if the work leaves by process.exit(0)", async () => {
      const { governor, logged } = governed()
      governor.add("leaver", work("leaves")).start()
      await logged("begun")
      expect((await governor.shutdown()).ok).toBe(true)
    })

    it("terminates it when its time is over: the service has failed, and may begin again", async () => {
      const { governor, logged, ready } = governed()
      governor.add("deaf", work("deaf"), { stopTimeout: "100 millis" }).start()
      await logged("begun")
      await governor.get("deaf").stop()
      expect(governor.get("deaf").status()).toMatchObject({ _tag: "Failed", cause: { name: "RunKilled" } })
      await governor.get("deaf").start()
      await ready(2)
    })
  })

  describe("when it is blocked", () => {
    it("is found and terminated, while the rest of the program goes on, and another one begins", async () => {
      const { events, governor, ready } = governed()
      const longest = pauses()
      governor.add("blocked", work("blocks"), { heartbeatTimeout: "1 second", restart: 0 }).start()
      await ready(2)
      expect(events.find(({ _tag }) => _tag === "ServiceCrashed")).toMatchObject({
        cause: { name: "RunTimedOut", message: "run 1 of service \"blocked\" gave no heartbeat within 1 s" }
      })
      expect(longest(), "the program did not pause").toBeLessThan(900)
      expect(governor.get("blocked").status()._tag).toBe("Running")
    })

    it("is found also if it goes on to tell", async () => {
      const { events, governor, ready } = governed()
      governor.add("teller", work("tells for ever"), { heartbeatTimeout: "1 second", restart: 0 }).start()
      await ready(2)
      expect(events.find(({ _tag }) => _tag === "ServiceCrashed")).toMatchObject({ cause: { name: "RunTimedOut" } })
    })

    it("is found too if its promises let nothing else have its turn", async () => {
      const { events, governor, ready } = governed()
      governor.add("starving", work("starves"), { heartbeatTimeout: "1 second", restart: 0 }).start()
      await ready(2)
      expect(events.find(({ _tag }) => _tag === "ServiceCrashed")).toMatchObject({ cause: { name: "RunTimedOut" } })
    })

    it("is not one that tells more than its governor can hear", async () => {
      const { governor, lines } = governed()
      governor.add("teller", work("tells more than can be heard"), { heartbeatTimeout: "500 millis" }).start()
      const { ok, services: [teller] } = await governor.waitForShutdown()
      expect({ ok, cause: teller!.cause?.message }).toEqual({ ok: true, cause: undefined })
      expect(lines("info").filter((line) => line.startsWith("line "))).toHaveLength(200_000)
    })

    it.each([["waits for nothing but the time", "idles"], ["has something to do in each turn", "spins"]])(
      "is not one that %s",
      async (_, how) => {
        const { governor, tags } = governed()
        governor.add("lively", work(how), { heartbeatTimeout: "1 second" }).start()
        expect((await governor.waitForShutdown()).ok).toBe(true)
        expect(tags("lively")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
      }
    )

    it("is not one that takes long to load: only its startTimeout counts", async () => {
      const { governor } = governed()
      governor.add("silent", made(fileOf("silent")), { heartbeatTimeout: "1 second", startTimeout: "3 seconds" })
        .start()
      const { services: [silent] } = await governor.waitForShutdown()
      expect(silent!.cause).toMatchObject({
        name: "RunTimedOut",
        message: expect.stringContaining("was not ready within 3 s")
      })
    })
  })

  describe("its readiness", () => {
    it.each<[what: string, made: "manual" | undefined, added: "automatic" | "manual", isReady: boolean]>([
      ["says when it is ready", undefined, "manual", false],
      ["does not have to say so", "manual", "automatic", true]
    ])("is what is said where it is added: it %s", async (_, made, added, isReady) => {
      const { governor, logged } = governed()
      const readiness = made === undefined ? {} : { readiness: made }
      governor.add("thread", work("waits", readiness), { readiness: added }).start()
      await logged("begun")
      expect(governor.get("thread").status()._tag).toBe(isReady ? "Running" : "Starting")
      await governor.shutdown()
    })

    it("is what its work says", async () => {
      const { governor, tags } = governed()
      governor.add("slow", work("ready later", { readiness: "manual" })).start()
      expect(await governor.get("slow").whenReady()).toBe(true)
      expect(tags("slow")).toEqual(["Added", "Starting", "Unready", "Ready"])
    })
  })
})

describe("a thread", () => {
  it("crashes if it needs too much memory, and says so", async () => {
    const { governor } = governed()
    governor.add("eater", inThread("eats", { resourceLimits: { maxOldGenerationSizeMb: 32 } })).start()
    const { services: [eater] } = await governor.waitForShutdown()
    expect(eater!.cause!.message).toMatch(/memory/)
  }, 60_000)
})

describe("a thread that says much at once", () => {
  it("waits until it is heard, so that nothing piles up, and nothing is lost", async () => {
    const times: Array<number> = []
    let later = Infinity
    const log = ({ message }: LogEntry) => {
      if (!message.startsWith("at ")) return
      times.push(Number(message.slice(3)))
      if (times.length > 1) return
      block(500)
      later = performance.timeOrigin + performance.now()
    }
    const { governor } = governed({ log })
    governor.add("teller", inThread("tells when it tells")).start()
    expect((await governor.waitForShutdown()).ok).toBe(true)
    expect(times).toHaveLength(5000)
    expect(times[1001], "1000 were unheard, and one waited").toBeGreaterThanOrEqual(later)
  })

  it("can be terminated while it waits", async () => {
    const { governor, logged } = governed()
    governor.add("teller", inThread("tells for ever", { stopTimeout: "100 millis" })).start()
    await logged("line")
    await governor.get("teller").stop()
    expect(governor.get("teller").status()).toMatchObject({ _tag: "Failed", cause: { name: "RunKilled" } })
  })
})

describe("a process of Node", () => {
  it("tells what it writes to its output too, and has the environment and the options that it was given", async () => {
    const { governor, lines } = governed()
    const options: ForkOptions = { env: { GREETING: "hello" }, execArgv: ["--max-old-space-size=50"] }
    governor.add("writer", inProcess("writes", options)).start()
    expect((await governor.waitForShutdown()).ok).toBe(true)
    expect(lines("info")).toContain("hello --max-old-space-size=50")
    expect(lines("warn")).toContain("and an error")
  })

  it("has ended when all that it has written was read, however much, and however slowly", async () => {
    const lines: Array<string> = []
    const { governor, tags } = governed({
      log: ({ message }) => {
        if (!message.startsWith("line ")) return
        if (lines.push(message.slice(0, message.lastIndexOf(" "))) % 5 === 0) block(25)
      }
    })
    governor.add("writer", inProcess("writes much")).start()
    await governor.waitForShutdown()
    expect(tags("writer")).toContain("Completed")
    expect(lines).toEqual(Array.from({ length: 300 }, (_, i) => `line ${i}`))
  })

  it("crashes if it closes the channel to its governor", async () => {
    const { governor } = governed()
    governor.add("silent", inProcess("disconnects")).start()
    const { services: [silent] } = await governor.waitForShutdown()
    expect(silent!.cause!.message).toMatch(/ended with code 0: its work was not done$/)
    expect(silent!.cause!.error).toMatchObject({ reason: "its work was not done", stderr: [] })
  })

  it("crashes when native code ends it", async () => {
    const { governor } = governed()
    governor.add("fatal", inProcess("aborts")).start()
    const { services: [fatal] } = await governor.waitForShutdown()
    expect(fatal!.cause!.message).toMatch(/ended by SIGABRT: /)
  })
})

describe("a thread is refused that has", () => {
  it.each<[what: string, make: () => unknown, expected: string]>([
    ["a relative path", () => worker("./work.ts"), "file: expected a URL object of a file"],
    ["an address", () => worker(new URL("https://example.org/work.js")), "got \"https://example.org/work.js\""],
    ["no file", () => worker(undefined as never), "file: expected a URL object of a file"],
    ["an unknown option", () => worker("/work.js", { stdin: "x" } as never), "stdin: expected one of data"],
    [
      "an input, in a process",
      () => forked("/work.js", { stdin: "inherit" } as never),
      "stdin: expected one of data, execArgv, heartbeatTimeout, cwd, env, output, ansi, stopSignal, user, readiness, stopTimeout, maxMemory, got"
    ],
    ["no options, in a process", () => forked("/work.js", null as never), "options: expected an object, got null"],
    ["a bad limit", () => worker("/work.js", { resourceLimits: { stackSizeMb: 0 } }), "stackSizeMb: expected a number"],
    ["bad arguments", () => worker("/work.js", { execArgv: "x" as never }), "execArgv: expected a list of texts"],
    ["data in a process", () => forked(new URL("data:text/javascript,1")), "file: expected a URL object of a file"],
    ["no heartbeat", () => worker("/work.js", { heartbeatTimeout: 0 }), "heartbeatTimeout: expected a duration above 0"]
  ])("%s", (_, make, expected) => {
    expect(make).toThrow(expected)
  })
})

it.each([["a thread that completes", "prints"], ["a thread that fails", "prints, and throws"]])(
  "all that is printed comes out: by %s",
  async (_, how) => {
    // One after the other, because one alone may be lucky.
    for (let i = 0; i < 5; i++) {
      const child = run("printing-thread", [how])
      await child.exit
      expect(child.output().trim().split("\n").toSorted()).toEqual(["one", "three", "two"])
    }
  }
)

describe("a process of Node", () => {
  it("has all its output told, however much there is when it is done", async () => {
    const { governor, lines } = governed()
    governor.add("writer", inProcess("writes much at once")).start()
    await governor.waitForShutdown()
    expect(lines("info").filter((line) => line.startsWith("line "))).toHaveLength(4000)
  })

  it("is asked to end while its file loads, and told so when the file serves after that", async () => {
    const { governor, logged, lines } = governed()
    governor.add("slow", forked(fileOf("loads"), { stopTimeout: "1 minute" })).start()
    await logged("loads")
    const { ok } = await governor.shutdown()
    expect(ok).toBe(true)
    expect(lines("info")).toEqual(expect.arrayContaining(["asked", "serves: aborted true"]))
  })

  it("goes on if it is suspended, and asked to end", async () => {
    const { events, governor, logged } = governed()
    governor.add("suspended", inProcess("waits"), { heartbeatTimeout: "Infinity", stopTimeout: "1 minute" }).start()
    await logged("begun")
    const { pid } = events.flatMap((event) => event._tag === "ProcessStarted" ? [event.process] : [])[0]!
    process.kill(pid!, "SIGSTOP")
    await vi.waitFor(() => expect(isSuspended(pid!)).toBe(true), { timeout: 20_000, interval: 5 })
    const { ok } = await governor.shutdown()
    expect(ok).toBe(true)
  })
})
