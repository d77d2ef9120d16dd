/** When a service is not restarted any more, because of the error it ended with. */
import { describe, expect, it } from "vitest"
import { type RestartOptions, StopService } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"

const fatal = new TypeError("a bug")

/** A service that throws one error after the other. */
const throwing = async (options: RestartOptions, ...errors: ReadonlyArray<unknown>) => {
  const test = new TestGovernor().restart("1 second", options)
  test.add("a", ({ run, sleep }) => {
    if (run > errors.length) return sleep("Infinity")
    throw errors[run - 1]
  })
  test.start()
  await test.advance("1 minute")
  return test
}

describe("unless", () => {
  const unless = (error: unknown) => error instanceof TypeError

  it("does not restart after an error for which it is true: the service is failed with that error", async () => {
    await using test = await throwing({ unless }, new Error("lost"), fatal)
    expect(test.steps).toEqual([
      "Added a#0",
      "Starting a#1",
      "Crashed a#1",
      "RestartScheduled a#1",
      "Starting a#2",
      "Crashed a#2",
      "Failed a#2"
    ])
    expect(test.get("a").status()).toMatchObject({ _tag: "Failed", cause: { error: fatal } })
  })

  it("is not asked about a run that completed", async () => {
    const asked: Array<unknown> = []
    await using test = await throwing({ unless: (error) => asked.push(error) > 0 }, new StopService())
    expect(asked).toEqual([])
    expect(test.get("a").status()._tag).toBe("Running")
  })

  it("counts as false if it throws, and the log says so", async () => {
    await using test = await throwing({
      unless: () => {
        throw new Error("no answer")
      }
    }, fatal)
    expect(test.get("a").status()).toMatchObject({ _tag: "Running", run: 2 })
    const lines = test.logs.filter(({ error }) => error?.message === "no answer")
    expect(lines.map(({ level, message, service }) => [level, message, service])).toEqual([[
      "error",
      "the condition of its restart policy threw, so the policy decides without the condition",
      "a"
    ]])
  })

  it("is asked about a run that hung, too", async () => {
    const asked: Array<unknown> = []
    await using test = new TestGovernor()
    const restart = { after: 0, unless: (error: unknown) => asked.push(error) > 0 }
    test.add("a", ({ sleep }) => sleep("Infinity"), { heartbeatTimeout: "1 second", restart })
    test.start()
    await test.advance("1 minute")
    expect(asked).toMatchObject([{ _tag: "RunTimedOut" }])
    expect(test.get("a").status()).toMatchObject({ _tag: "Failed", run: 1 })
  })
})

describe("a StopService with an error", () => {
  it("ends the service for good without a restart: it is failed with that error", async () => {
    await using test = await throwing({}, new StopService({ restart: false, error: fatal }))
    expect(test.steps.slice(1)).toEqual(["Starting a#1", "Crashed a#1", "Failed a#1"])
    expect(test.get("a").status()).toMatchObject({ _tag: "Failed", cause: { error: fatal } })
    expect((await test.waitForShutdown()).ok).toBe(false)
  })

  it("is a crash like any other if a restart is allowed", async () => {
    await using test = await throwing({}, new StopService({ error: fatal }))
    expect(test.get("a").status()).toMatchObject({ _tag: "Running", run: 2 })
  })

  it("is kept if it is thrown after the request to end", async () => {
    await using test = new TestGovernor()
    test.add("a", async ({ sleep }) => {
      await sleep("Infinity")
      throw new StopService({ error: fatal })
    })
    test.start()
    await test.advance(0)
    void test.shutdown()
    const report = await test.waitForShutdown()
    expect(report.services).toMatchObject([{ outcome: "Stopped", cause: { error: fatal } }])
  })
})
