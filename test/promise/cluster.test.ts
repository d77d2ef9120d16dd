/** Services that a cluster would place, in one process: services like any others. */
import { describe, expect, it } from "vitest"
import {
  Governor,
  InvalidOption,
  type ServiceAPI,
  type ServiceOptions,
  UnknownService
} from "../../src/promise/index.ts"
import { serviceAPI, TestGovernor } from "../../src/testing/index.ts"
import { aborted } from "../aborted.ts"

/** What the runs of a service are told of themselves. */
const recorder = () => {
  const seen: Array<readonly [name: string, epoch: number, part: number | undefined]> = []
  const run = (api: ServiceAPI) => {
    seen.push([api.name, api.epoch, api.part])
    return aborted(api)
  }
  return { seen, run }
}

const statesOf = (governor: Governor) => governor.status({ tree: true }).map(({ _tag, name }) => `${name} ${_tag}`)

describe("a singleton in one process", () => {
  it("is a service, whose epoch is 0 and which is no part", async () => {
    await using governor = new TestGovernor().restart("1 second")
    const { run, seen } = recorder()
    const billing = governor.add("billing", run, { singleton: true }).start()
    await governor.whenReady()
    await billing.restart()
    expect(seen).toEqual([["billing", 0, undefined], ["billing", 0, undefined]])
    expect(statesOf(governor)).toEqual(["billing Running"])
  })

  it("may be depended on", async () => {
    await using governor = new TestGovernor()
    governor.add("billing", aborted, { singleton: true })
    governor.add("mails", aborted, { dependsOn: ["billing"] }).start()
    await governor.whenReady()
    expect(statesOf(governor)).toEqual(["billing Running", "mails Running"])
  })

  it("takes its name from the options, or from its class, as any other", () => {
    const governor = new TestGovernor()
    governor.add(function bill() {}, { singleton: true })
    governor.add(() => {}, { name: "sender", singleton: false })
    expect(governor.status().map(({ name }) => name)).toEqual(["bill", "sender"])
  })
})

describe("a service in parts, in one process", () => {
  it("has a run for each part, which knows its number", async () => {
    await using governor = new TestGovernor()
    const { run, seen } = recorder()
    governor.add("ingest", run, { partitions: 3 }).start()
    await governor.whenReady()
    expect(seen).toEqual([["0", 0, 0], ["1", 0, 1], ["2", 0, 2]])
    expect(statesOf(governor)).toEqual(["ingest Running", "ingest/0 Running", "ingest/1 Running", "ingest/2 Running"])
    expect((await governor.shutdown()).services.map(({ name }) => name)).toEqual([
      "ingest",
      "ingest/0",
      "ingest/1",
      "ingest/2"
    ])
  })

  it("makes a fresh object for each part", async () => {
    await using governor = new TestGovernor()
    const made: Array<object> = []
    const create = () => {
      const one = { run: aborted }
      made.push(one)
      return one
    }
    governor.add("ingest", { create }, { partitions: 2 }).start()
    await governor.whenReady()
    expect(new Set(made).size).toBe(2)
  })

  it("may be a governor in each part, whose services know the part", async () => {
    await using governor = new TestGovernor()
    const { run, seen } = recorder()
    governor.add("ingest", Governor.asService((inner) => inner.add("reader", run)), { partitions: 2 }).start()
    await governor.whenReady()
    expect(seen).toEqual([["reader", 0, 0], ["reader", 0, 1]])
    expect(statesOf(governor)).toContain("ingest/1/reader Running")
  })

  it("is ready when all parts are", async () => {
    await using governor = new TestGovernor()
    let finish = () => {}
    governor.add("ingest", ({ part, ready, sleep }) => {
      if (part === 0) ready()
      else finish = ready
      return sleep("Infinity")
    }, { partitions: 2, readiness: "manual" })
    governor.add("api", aborted, { dependsOn: ["ingest"] })
    governor.start()
    await governor.advance(0)
    expect(governor.get("api").status()._tag).toBe("Waiting")
    finish()
    await governor.whenReady()
    expect(governor.get("api").status()._tag).toBe("Running")
  })

  it.each<[string, (governor: Governor) => void]>([
    ["its governor, said after it was added", (governor) => {
      governor.add("ingest", fails, { partitions: 2 })
      governor.restart("1 second")
    }],
    ["its own, as an option", (governor) => governor.add("ingest", fails, { partitions: 2, restart: "1 second" })],
    ["its own, as a method", (governor) => governor.add("ingest", fails, { partitions: 2 }).restart("1 second")]
  ])("restarts each part by the policy of %s", async (_, add) => {
    await using governor = new TestGovernor()
    add(governor)
    governor.start()
    await governor.advance("2500 millis")
    expect(governor.status({ tree: true }).map(({ name, restarts }) => [name, restarts])).toEqual([
      ["ingest", 0],
      ["ingest/0", 0],
      ["ingest/1", 2]
    ])
  })

  it("completes when all parts have, and does not begin again", async () => {
    await using governor = new TestGovernor().restart("1 second")
    governor.add("import", () => {}, { partitions: 2 }).restart("1 second", { when: "failure" })
    governor.start()
    await governor.advance("1 minute")
    expect(statesOf(governor)).toEqual(["import Stopped", "import/0 Stopped", "import/1 Stopped"])
    expect(governor.get("import").status().run).toBe(1)
  })

  it("has failed when a significant part has, once that is given up, and ends the governor", async () => {
    await using governor = new TestGovernor()
    governor.add("ingest", fails, {
      partitions: 2,
      significant: true,
      restart: { after: "1 second", maxRestarts: 2 }
    })
    governor.start()
    await governor.advance("1 minute")
    const { ok, reason, services } = await governor.waitForShutdown()
    expect({ ok, reason: reason._tag }).toEqual({ ok: false, reason: "Significant" })
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "ingest Failed",
      "ingest/0 Stopped",
      "ingest/1 Failed"
    ])
    expect(governor.steps.filter((step) => step === "Starting ingest#1" || step === "Starting ingest#2")).toHaveLength(
      1
    )
  })

  it("begins again with its group, all parts together", async () => {
    await using governor = new TestGovernor({ strategy: "one-for-all" }).restart("1 second")
    const { run, seen } = recorder()
    const api = governor.probe("api")
    governor.add("ingest", run, { partitions: 2 })
    governor.start()
    await governor.advance(0)
    api.crash(new Error("no"))
    await governor.advance("1 second")
    expect(seen.map(([name]) => name)).toEqual(["0", "1", "0", "1"])
  })

  it("does not begin again with its group if it never restarts", async () => {
    await using governor = new TestGovernor({ strategy: "one-for-all" }).restart("1 second")
    const { run, seen } = recorder()
    const api = governor.probe("api")
    governor.add("ingest", run, { partitions: 2, restart: false })
    governor.start()
    await governor.advance(0)
    api.crash(new Error("no"))
    await governor.advance("1 second")
    expect(seen.map(([name]) => name)).toEqual(["0", "1"])
  })

  it("is bound, and depends on others, as a whole", async () => {
    await using governor = new TestGovernor()
    governor.probe("database")
    const { run, seen } = recorder()
    governor.add("ingest", run, { partitions: 2, bindsTo: ["database"] })
    governor.start()
    await governor.advance(0)
    await governor.get("database").stop()
    await governor.advance(0)
    expect(statesOf(governor)).toEqual(["database Stopped", "ingest Waiting", "ingest/0 Stopped", "ingest/1 Stopped"])
    await governor.get("database").start()
    await governor.advance(0)
    expect(seen.map(([, , part]) => part)).toEqual([0, 1, 0, 1])
  })

  it("is commanded as a whole, and part by part", async () => {
    await using governor = new TestGovernor()
    const { run, seen } = recorder()
    governor.add("ingest", run, { partitions: 2 }).start()
    await governor.whenReady()
    await governor.get("ingest/1").restart()
    await governor.get("ingest/0").stop()
    expect(statesOf(governor)).toEqual(["ingest Running", "ingest/0 Stopped", "ingest/1 Running"])
    await governor.get("ingest").stop()
    expect(seen.map(([, , part]) => part)).toEqual([0, 1, 1])
    expect(() => governor.get("ingest/2")).toThrow(UnknownService)
  })
})

const fails = ({ part, sleep }: ServiceAPI) => part === 1 ? Promise.reject(new Error("no")) : sleep("Infinity")

describe("options that cannot be meant", () => {
  it.each<[string, ServiceOptions, string, string]>([
    ["a singleton in parts", { singleton: true, partitions: 2 }, "partitions", "no partitions of a singleton"],
    ["a singleton that is neither", { singleton: 1 as never }, "singleton", "true or false"],
    ["no parts", { partitions: 0 }, "partitions", "a whole number of at least 1"],
    ["half a part", { partitions: 1.5 }, "partitions", "a whole number of at least 1"],
    ["parts in words", { partitions: "3" as never }, "partitions", "a whole number of at least 1"]
  ])("refuses %s", (_, options, field, expected) => {
    const governor = new TestGovernor()
    let error: unknown
    try {
      governor.add("ingest", aborted, options)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ service: "ingest", field })
    expect((error as InvalidOption).expected).toContain(expected)
    expect(governor.status()).toEqual([])
  })

  it("refuses a bad option of the parts when the service is added", () => {
    expect(() => new TestGovernor().add("ingest", aborted, { partitions: 2, startTimeout: -1 })).toThrow(InvalidOption)
  })
})

describe("a governor in no cluster", () => {
  it("knows of no services of a cluster, and has nothing to give away", async () => {
    await using governor = new TestGovernor()
    governor.add("billing", aborted, { singleton: true }).start()
    await governor.whenReady()
    expect(governor.clusterStatus()).toEqual([])
    await governor.drain()
    await expect(governor.drain(7 as never)).rejects.toThrow(InvalidOption)
    expect(statesOf(governor)).toEqual(["billing Running"])
  })
})

describe("the object for a test of a service alone", () => {
  it("is of no cluster and no part, unless the test says so", async () => {
    await using api = serviceAPI()
    await using third = serviceAPI({ epoch: 7, part: 2 })
    expect([api.epoch, api.part, third.epoch, third.part]).toEqual([0, undefined, 7, 2])
  })
})
