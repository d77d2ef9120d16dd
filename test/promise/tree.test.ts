/** The tree of a governor, by the facade (rules 23, 26). */
import { describe, expect, it } from "vitest"
import { Governor, type GovernorEvent, InvalidOption, type ServiceAPI } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"
import { aborted } from "../aborted.ts"

const nested = async () => {
  const test = new TestGovernor()
  const heard: Array<GovernorEvent> = []
  const own: Array<GovernorEvent> = []
  test.onEvent((event) => heard.push(event), { tree: true })
  test.onEvent((event) => own.push(event), { tree: false })
  test.add(
    "ingest",
    Governor.asService((ingest) => {
      ingest.add("reader", aborted)
      ingest.add("deep", Governor.asService((deep) => void deep.add("writer", aborted)))
    })
  ).restart("1 second")
  test.add("api", aborted)
  test.start()
  await test.advance(0)
  return { test, heard, own }
}

const lines = (statuses: ReadonlyArray<{ readonly _tag: string; readonly name: string }>) =>
  statuses.map(({ _tag, name }) => `${name} ${_tag}`)

const running = ["ingest", "ingest/reader", "ingest/deep", "ingest/deep/writer", "api"].map((path) => `${path} Running`)

describe("with { tree: true }", () => {
  it("status has the services inside by their paths, and snapshot the latest event beside them", async () => {
    const { heard, test } = await nested()
    await using governor = test
    expect(lines(governor.status({ tree: true }))).toEqual(running)
    expect(lines(governor.status({ tree: false }))).toEqual(["ingest Running", "api Running"])
    expect(governor.snapshot({ tree: true })).toEqual({
      sequence: heard.length,
      services: governor.status({ tree: true })
    })
    expect(governor.snapshot()).toEqual({ sequence: heard.length, services: governor.status() })
    expect(JSON.parse(JSON.stringify(governor.snapshot({ tree: true })))).toEqual(governor.snapshot({ tree: true }))
  })

  it("onEvent hears all, in order and without gaps", async () => {
    const { heard, own, test } = await nested()
    const report = await test.shutdown()
    expect(heard.map(({ sequence }) => sequence)).toEqual(heard.map((_, i) => i + 1))
    expect(own).toEqual(
      heard.filter((event) => !("governor" in event) && !("service" in event && /\//.test(event.service)))
    )
    const ends = heard.filter((event) => event._tag === "ShutdownCompleted")
    expect(ends.map(({ governor }) => governor)).toEqual(["ingest/deep", "ingest", undefined])
    expect(ends[1]!.report.services.map(({ name }) => name)).toEqual(["reader", "deep", "deep/writer"])
    expect(ends[2]!.report).toBe(report)
    expect(await test.waitForShutdown()).toBe(report)
  })

  it("all listeners get the same object", async () => {
    await using governor = new TestGovernor()
    const [first, second]: [Array<GovernorEvent>, Array<GovernorEvent>] = [[], []]
    governor.onEvent((event) => first.push(event), { tree: true })
    governor.onEvent((event) => second.push(event), { tree: true })
    governor.add("ingest", Governor.asService((ingest) => void ingest.add("reader", aborted)))
    governor.start()
    await governor.advance(0)
    expect(first.length).toBeGreaterThan(5)
    for (const [i, event] of first.entries()) expect(second[i]).toBe(event)
  })

  it("an inner governor hears of itself and what is inside it", async () => {
    await using governor = new TestGovernor()
    const heard: Array<string> = []
    governor.add(
      "ingest",
      Governor.asService((ingest) => {
        ingest.onEvent((event) => "service" in event && heard.push(`${event._tag} ${event.service}`), { tree: true })
        ingest.add("deep", Governor.asService((deep) => void deep.add("writer", ({ ready }: ServiceAPI) => ready())))
      })
    )
    governor.start()
    await governor.advance(0)
    expect(heard).toContain("ServiceCompleted deep/writer")
    expect(heard).not.toContain("ServiceReady ingest")
  })

  it.each<[what: string, options: object]>([
    ["an unknown option", { trees: true }],
    ["no boolean", { tree: "yes" }]
  ])("refuses %s", async (_, options) => {
    await using governor = new TestGovernor()
    expect(() => governor.status(options)).toThrow(InvalidOption)
    expect(() => governor.snapshot(options)).toThrow(InvalidOption)
    expect(() => governor.onEvent(() => {}, options)).toThrow(InvalidOption)
  })
})
