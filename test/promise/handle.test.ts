/** The handle of one service, and what its callers wait for. */
import { describe, expect, it } from "vitest"
import {
  CommandTimedOut,
  Governor,
  GovernorClosed,
  InvalidOption,
  RunAbandoned,
  UnknownService
} from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"

const stays = { run: ({ sleep }: { readonly sleep: (duration: "Infinity") => Promise<boolean> }) => sleep("Infinity") }

/** What a promise has come to, if it has settled. */
const watch = <A>(promise: Promise<A>) => {
  const watched: { value?: A; error?: unknown } = {}
  promise.then((value) => {
    watched.value = value
  }, (error: unknown) => {
    watched.error = error
  })
  return watched
}

describe("whenReady of a governor", () => {
  it("says which services are ready, and why the others are not", async () => {
    await using test = new TestGovernor()
    test.add("migration", () => {
      throw new Error("no such table")
    }, { readiness: "completed" })
    test.add("api", stays, { dependsOn: ["migration"] })
    test.add("clock", stays)
    test.add("done", () => {})
    test.add("never started", stays)
    for (const name of ["migration", "api", "clock", "done"]) void test.get(name).start()
    expect(await test.whenReady()).toEqual({
      ok: false,
      services: [
        { name: "migration", ready: false, cause: expect.objectContaining({ message: "no such table" }) },
        { name: "api", ready: false, cause: expect.objectContaining({ name: "DependencyFailed" }) },
        { name: "clock", ready: true },
        { name: "done", ready: true }
      ]
    })
  })

  it("is ok if all are ready, and if nothing was started", async () => {
    await using test = new TestGovernor()
    expect(await test.whenReady()).toEqual({ ok: true, services: [] })
    test.add("a", stays).start()
    expect(await test.whenReady()).toEqual({ ok: true, services: [{ name: "a", ready: true }] })
  })

  it("waits no longer than its timeout, and says what is missing then", async () => {
    await using test = new TestGovernor()
    const slow = test.probe("slow", { readiness: "manual" })
    test.add("api", stays, { dependsOn: ["slow"] })
    test.add("flaky", () => Promise.reject(new Error("lost")), { readiness: "manual", restart: "1 hour" })
    test.start()
    const readiness = watch(test.whenReady({ timeout: "5 seconds" }))
    await test.advance("4 seconds")
    expect(readiness).toEqual({})
    await test.advance("1 second")
    expect(readiness.value).toEqual({
      ok: false,
      services: [
        { name: "slow", ready: false },
        { name: "api", ready: false, waitingFor: ["slow"] },
        { name: "flaky", ready: false, cause: expect.objectContaining({ message: "lost" }) }
      ]
    })
    slow.ready()
    await test.advance(0)
    expect((await test.whenReady({ timeout: 0 })).services[1]).toEqual({ name: "api", ready: true })
  })

  it("resolves when a shutdown comes before", async () => {
    await using test = new TestGovernor()
    test.probe("slow", { readiness: "manual" })
    test.start()
    const readiness = watch(test.whenReady())
    await test.advance("1 second")
    void test.shutdown()
    await test.advance(0)
    expect(readiness.value).toMatchObject({ ok: false, services: [{ name: "slow", ready: false }] })
  })

  it("keeps the causes, and says who was waited for, after a shutdown, and so does the report", async () => {
    await using test = new TestGovernor()
    test.add("database", () => Promise.reject(new Error("refused")), { readiness: "manual", restart: "1 hour" })
    test.add("web", stays, { dependsOn: ["database"] })
    test.start()
    await test.advance(0)
    const readiness = test.whenReady()
    const report = await test.shutdown()
    const services = [
      { name: "database", ready: false, cause: expect.objectContaining({ message: "refused" }) },
      { name: "web", ready: false, waitingFor: ["database"] }
    ]
    expect([await readiness, await test.whenReady()]).toEqual([{ ok: false, services }, { ok: false, services }])
    expect(report).toMatchObject({ ok: true })
    expect(report.services).toEqual([
      { name: "database", outcome: "Stopped", duration: 0, cause: expect.objectContaining({ message: "refused" }) },
      { name: "web", outcome: "Stopped", duration: 0 }
    ])
  })

  it("says for whom a service waits now, not for whom it waited as it was stopped", async () => {
    await using test = new TestGovernor()
    const [database, cache] = ["database", "cache"].map((name) => test.probe(name, { readiness: "manual" }))
    test.probe("web", { dependsOn: ["database", "cache"] })
    test.start()
    await test.advance(0)
    cache!.ready()
    await test.get("web").stop()
    database!.ready()
    await test.get("cache").restart()
    await test.get("web").start()
    expect((await test.whenReady({ timeout: 0 })).services[2]).toMatchObject({ name: "web", waitingFor: ["cache"] })
  })

  it("forgets for whom a service waited as it was stopped, once its next run has begun", async () => {
    await using test = new TestGovernor()
    const database = test.probe("database", { readiness: "manual" })
    test.probe("web", { dependsOn: ["database"], readiness: "manual" })
    test.start()
    await test.get("web").stop()
    const readiness = async () => (await test.whenReady({ timeout: 0 })).services[1]
    expect(await readiness()).toEqual({ name: "web", ready: false, waitingFor: ["database"] })
    database.ready()
    await test.get("web").start()
    expect(await readiness()).toEqual({ name: "web", ready: false })
  })

  it("says why a run is not ready that crashed and has not ended, or that hangs", async () => {
    await using test = new TestGovernor()
    test.add("database", async ({ defer, sleep }) => {
      defer(() => new Promise(() => {}))
      await sleep("1 second")
      throw new Error("lost")
    }, { stopTimeout: "1 hour" })
    test.add("hung", () => new Promise<void>(() => {}), { heartbeatTimeout: "1 second", stopTimeout: "1 hour" })
    test.add("slow", () => new Promise<void>(() => {}), {
      readiness: "manual",
      startTimeout: "1 second",
      stopTimeout: "1 hour"
    })
    test.start()
    expect(await test.whenReady({ timeout: 0 })).toMatchObject({
      services: [{ ready: true }, { ready: true }, { name: "slow", ready: false }]
    })
    await test.advance("1 second")
    expect(await test.whenReady({ timeout: 0 })).toMatchObject({
      ok: false,
      services: [
        { name: "database", ready: false, cause: { message: "lost" } },
        { name: "hung", ready: false, cause: { name: "RunTimedOut" } },
        { name: "slow", ready: false, cause: { name: "RunTimedOut" } }
      ]
    })
    await test.advance("1 hour")
  })

  it("tells the cause of the attempt before until the next one is ready, or a start by hand", async () => {
    await using test = new TestGovernor()
    const slow = test.probe("slow", { readiness: "manual", restart: "1 minute" })
    test.start()
    const readiness = async () => (await test.whenReady({ timeout: 0 })).services[0]
    slow.ready()
    slow.crash(new Error("lost"))
    await test.advance(0)
    const cause = expect.objectContaining({ message: "lost" })
    expect(await readiness()).toEqual({ name: "slow", ready: false, cause })
    await test.advance("1 minute")
    expect(test.get("slow").status()._tag).toBe("Starting")
    expect(await readiness()).toEqual({ name: "slow", ready: false, cause })
    slow.ready()
    expect(await readiness()).toEqual({ name: "slow", ready: true })
    slow.crash(new Error("lost"))
    await test.advance(0)
    await test.get("slow").stop()
    void test.get("slow").start()
    await test.advance(0)
    expect(await readiness()).toEqual({ name: "slow", ready: false })
  })

  it.each([NaN, -1, "soon" as never])("refuses a timeout of %s", (timeout) => {
    expect(() => new Governor().whenReady({ timeout })).toThrow(InvalidOption)
  })
})

describe("whenReady of a service", () => {
  it("waits for the run that is under way, and is true once it does its work", async () => {
    await using test = new TestGovernor()
    const slow = test.probe("slow", { readiness: "manual", restart: "1 minute" })
    test.start()
    const first = watch(test.get("slow").whenReady())
    await test.advance(0)
    expect(first).toEqual({})
    slow.ready()
    await test.advance(0)
    expect(first.value).toBe(true)
    slow.crash(new Error("lost"))
    await test.advance(0)
    const second = watch(test.get("slow").whenReady())
    await test.advance("1 minute")
    expect(second).toEqual({})
    slow.ready()
    await test.advance(0)
    expect(second.value).toBe(true)
  })

  it("is true of a service that has completed, and false of one that is over in any other way", async () => {
    await using test = new TestGovernor()
    test.add("done", () => {})
    test.add("failed", () => Promise.reject(new Error("lost")))
    test.add("stopped", stays)
    test.add("removed", stays)
    test.start()
    await test.advance(0)
    const removed = test.get("removed")
    void test.get("stopped").stop()
    void removed.remove()
    test.add("never started", stays)
    await test.advance(0)
    const names = ["done", "failed", "stopped", "never started"]
    expect(await Promise.all(names.map((name) => test.get(name).whenReady()))).toEqual([true, false, false, false])
    expect(await removed.whenReady()).toBe(false)
  })

  it("is true of a job that has completed and was removed at once, and false of one that failed", async () => {
    await using test = new TestGovernor()
    const options = { removeWhenOver: true, readiness: "completed" } as const
    const jobs = [
      test.add("done", () => Promise.resolve(), options),
      test.add("failed", () => Promise.reject(new Error("lost")), options)
    ].map((config) => config.start())
    const early = Promise.all(jobs.map((job) => job.whenReady()))
    await test.advance(0)
    expect(test.status()).toEqual([])
    expect(await early).toEqual([true, false])
    expect(await Promise.all(jobs.map((job) => job.whenReady()))).toEqual([true, false])
  })
})

describe("whenOver", () => {
  it("resolves with how the service ended, after its last restart", async () => {
    await using test = new TestGovernor()
    test.add("flaky", () => Promise.reject(new Error("lost")), { restart: { after: "1 second", maxRestarts: 2 } })
    const over = watch(test.get("flaky").whenOver())
    const done = test.add("done", () => {}).start()
    const flaky = watch(test.add("other", () => {}).start().whenOver())
    test.start()
    expect(await done.whenOver()).toEqual({ name: "done", outcome: "Stopped", duration: 0 })
    const restarted = watch(test.get("flaky").whenOver())
    await test.advance("1 second")
    expect(restarted).toEqual({})
    await test.advance("1 second")
    expect(restarted.value).toMatchObject({ outcome: "Failed", cause: { name: "RestartLimitExceeded" } })
    expect([over.value?.outcome, flaky.value?.outcome]).toEqual(["Stopped", "Stopped"]) // never started, and completed
  })

  it("resolves when the service was stopped, abandoned or removed", async () => {
    await using test = new TestGovernor({ stopTimeout: "1 second" })
    test.add("stopped", async ({ sleep }) => {
      await sleep("Infinity")
      throw new Error("not saved")
    })
    test.probe("hung").hang()
    test.add("removed", stays)
    test.start()
    await test.advance(0)
    const handles = ["stopped", "hung", "removed"].map((name) => test.get(name))
    const over = handles.map((handle) => watch(handle.whenOver()))
    void handles[0]!.stop()
    void handles[1]!.stop()
    void handles[2]!.remove()
    await test.advance("1 second")
    expect(over.map(({ value }) => [value?.name, value?.outcome, value?.cause?.name])).toEqual([
      ["stopped", "Stopped", "Error"],
      ["hung", "Abandoned", "RunAbandoned"],
      ["removed", "Stopped", undefined]
    ])
  })
})

describe("the timeout of a command", () => {
  it("rejects the caller, names the command, and the command goes on", async () => {
    await using test = new TestGovernor()
    let end = () => {}
    test.add("slow", async ({ run, sleep }) => {
      await sleep("Infinity")
      if (run === 1) {
        await new Promise<void>((resolve) => {
          end = resolve
        })
      }
    })
    test.start()
    await test.advance(0)
    const slow = test.get("slow")
    const stop = watch(slow.stop({ timeout: "1 second" }))
    const restart = watch(slow.restart({ timeout: "2 seconds" }))
    await test.advance("1 second")
    expect(stop.error).toBeInstanceOf(CommandTimedOut)
    expect(stop.error).toMatchObject({ service: "slow", command: "stop", afterMillis: 1000 })
    expect(String(stop.error)).toContain(`the command stop of service "slow" was not done within 1 s, and goes on`)
    await test.advance("1 second")
    expect(restart.error).toMatchObject({ command: "restart", afterMillis: 2000, state: "Stopping" })
    end()
    await test.advance(0)
    expect(slow.status()).toMatchObject({ _tag: "Running", run: 2 })
  })

  it("says for whom the service waits then, and what they do", async () => {
    await using test = new TestGovernor({ restart: "1 hour" })
    const database = test.probe("database", { readiness: "manual" })
    test.probe("api", { dependsOn: ["database"] })
    test.start()
    database.crash(new Error("refused"))
    await test.advance(0)
    const restart = watch(test.get("api").restart({ timeout: "2 seconds" }))
    await test.advance("2 seconds")
    expect(restart.error).toMatchObject({ service: "api", command: "restart", afterMillis: 2000 })
    expect(String(restart.error)).toContain(
      `The service is Waiting for "database" (Backoff, latest failure: Error: refused)`
    )
  })

  it("does not matter if the command is done in time, or fails", async () => {
    await using test = new TestGovernor({ stopTimeout: "1 second" })
    test.probe("hung").hang()
    test.add("a", stays)
    test.start()
    const a = test.get("a")
    await test.advance(0)
    const commands = watch(
      (async () => {
        await a.restart({ timeout: "1 second" })
        await a.stop({ timeout: "1 second" })
        await a.start({ timeout: "Infinity" })
        await a.remove({ timeout: "1 second" })
        return "done"
      })()
    )
    const removed = watch(test.get("hung").remove({ timeout: "1 minute" }))
    await test.advance("1 second")
    expect(commands).toEqual({ value: "done" })
    expect(removed.error).toBeInstanceOf(RunAbandoned)
  })

  it("is checked", async () => {
    const governor = new Governor()
    governor.add("a", () => {})
    const { remove, restart, start, stop } = governor.get("a")
    for (const command of [start, stop, restart, remove]) {
      await expect(command({ timeout: -1 })).rejects.toMatchObject({
        _tag: "InvalidOption",
        service: "a",
        field: "timeout"
      })
      await expect(command({ timeOut: 1 } as never)).rejects.toMatchObject({ _tag: "InvalidOption", field: "timeOut" })
    }
    expect(governor.get("a").status()._tag).toBe("Pending")
  })
})

describe("start of a configuration", () => {
  it("gives the handle of its service", async () => {
    await using test = new TestGovernor()
    const config = test.add(() => {}).name("named")
    const handle = config.start()
    expect([handle.name, handle.status()._tag]).toEqual(["named", "Stopped"])
    expect(config.start().status().run).toBe(1)
    await handle.remove()
    const none = config.start()
    expect(none.status()).toMatchObject({ _tag: "Pending", name: "named", run: 0 })
    await expect(none.start()).rejects.toBeInstanceOf(UnknownService)
  })

  it("gives a handle also in a shutdown, which starts nothing", async () => {
    const governor = new Governor({ log: () => {} })
    await governor.shutdown()
    const late = governor.add("late", () => {}).start()
    await expect(late.start()).rejects.toBeInstanceOf(GovernorClosed)
    await expect(late.restart()).rejects.toBeInstanceOf(GovernorClosed)
    await Promise.all([late.stop(), late.remove()])
    expect([await late.whenReady(), await late.whenOver(), late.status()._tag]).toEqual([
      false,
      { name: "late", outcome: "Stopped", duration: 0 },
      "Pending"
    ])
  })
})

describe("get by a path", () => {
  const nested = async () => {
    const test = new TestGovernor()
    test.add(
      "ingest",
      Governor.asService((ingest) => {
        ingest.add("reader", stays)
        ingest.add("deep", Governor.asService((deep) => void deep.add("writer", stays)))
      })
    )
    test.add("plain", stays)
    test.start()
    await test.advance(0)
    return test
  }

  it("reaches into governors inside, to any depth", async () => {
    await using test = await nested()
    const reader = test.get("ingest/reader")
    expect([reader.name, reader.status()._tag]).toEqual(["ingest/reader", "Running"])
    await test.get("ingest/deep/writer").restart()
    expect(test.get("ingest/deep/writer").status().run).toBe(2)
    expect(test.get("ingest").status().run).toBe(1)
  })

  it.each(["ingest/nobody", "plain/reader", "nobody/reader", "ingest/", "/reader", "ingest/reader/more"])(
    "throws UnknownService: %s",
    async (path) => {
      await using test = await nested()
      expect(() => test.get(path)).toThrow(UnknownService)
    }
  )

  it("follows the path from run to run of the governor inside", async () => {
    await using test = await nested()
    const reader = test.get("ingest/reader")
    await test.get("ingest").stop()
    expect(reader.status()).toMatchObject({ _tag: "Stopped", name: "ingest/reader" })
    await expect(reader.start()).rejects.toBeInstanceOf(GovernorClosed)
    await test.get("ingest").start()
    await test.advance(0)
    expect(reader.status()).toMatchObject({ _tag: "Running", run: 1 })
    await reader.restart()
    expect(test.get("ingest/reader").status().run).toBe(2)
    await test.get("ingest").remove()
    await expect(reader.start()).rejects.toBeInstanceOf(UnknownService)
  })
})
