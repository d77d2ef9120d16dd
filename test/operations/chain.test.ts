import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { chainOf } from "../../src/operations/chain.ts"
import { crash, type Made, madeView, running } from "./made.ts"
import { backs, type Fact, fails, ready, starts, stopped, stops, told, waits } from "./told.ts"

const up = (...dependsOn: ReadonlyArray<string>): Made => ({ status: running, dependsOn })

const shop = { database: up(), migrate: up("database"), api: up("database", "migrate"), clock: up() }

const events = told(
  starts(0, "database"),
  starts(0, "clock"),
  ready(0, "clock"),
  waits(1, "migrate", "database"),
  waits(1, "api", "database", "migrate"),
  backs(100, "database"),
  starts(150, "database", 2),
  ready(250, "database", 2),
  waits(250, "api", "migrate"),
  starts(250, "migrate"),
  ready(280, "migrate"),
  starts(280, "api"),
  ready(400, "api")
)

const starting: Made = { status: { _tag: "Starting", startedAt: 10, since: 10 } }

describe("chainOf", () => {
  it("tells waiting for others apart from work, and from the time between runs", () => {
    const { starts } = chainOf(madeView(shop, { events }))!
    assert.deepStrictEqual(
      starts.map(({ name, paused, runs, state, waited, worked }) => [name, state, waited, worked, paused, runs]),
      [
        ["database", "Ready", 0, 200, 50, 2],
        ["clock", "Ready", 0, 0, 0, 1],
        ["migrate", "Ready", 249, 30, 0, 1],
        ["api", "Ready", 279, 120, 0, 1]
      ]
    )
    assert.deepStrictEqual(starts.at(-1)!.parts, [
      { kind: "waits", from: 1, to: 280 },
      { kind: "works", from: 280, to: 400 }
    ])
    assert.deepStrictEqual(starts.map(({ after }) => after), [undefined, undefined, "database", "migrate"])
  })

  it("leads from the first to the last, and its shares are the whole time", () => {
    const chain = chainOf(madeView(shop, { events }))!
    assert.deepStrictEqual(chain.critical, [
      { name: "database", took: 250 },
      { name: "migrate", took: 30 },
      { name: "api", took: 120 }
    ])
    assert.deepStrictEqual([chain.begin, chain.ready, chain.isWhole], [0, 400, true])
    assert.strictEqual(chain.sentence, "all ready after 400 ms: database 250 ms, then migrate 30 ms, then api 120 ms")
  })

  it("leads to what is not ready yet, along the longest way", () => {
    const view = madeView({
      clock: up(),
      other: starting,
      database: starting,
      api: { status: { _tag: "Waiting", waitingFor: ["database"] } },
      web: { status: { _tag: "Waiting", waitingFor: ["api"] } }
    }, {
      events: told(
        starts(0, "clock"),
        starts(0, "other"),
        starts(10, "database"),
        waits(10, "api", "database"),
        waits(10, "web", "api")
      ),
      now: 1010
    })
    const chain = chainOf(view)!
    assert.isUndefined(chain.ready)
    assert.deepStrictEqual(chain.critical.map(({ name }) => name), ["database", "api", "web"])
    assert.strictEqual(chain.sentence, "not ready after 1 s: database 1 s")
  })

  it("leads through the governor inside that was ready last, and through what that waited for", () => {
    const services = { "db": up(), "in": up("db"), "in/a": up(), "in/b": up("a"), "in/c": up() }
    const events = told(
      starts(0, "db"),
      waits(0, "in", "db"),
      ready(100, "db"),
      starts(100, "in"),
      starts(110, "in/a"),
      waits(110, "in/b", "a"),
      starts(110, "in/c"),
      ready(120, "in/c"),
      ready(150, "in/a"),
      starts(150, "in/b"),
      ready(190, "in/b"),
      ready(191, "in")
    )
    assert.deepStrictEqual(chainOf(madeView(services, { events }))!.critical, [
      { name: "db", took: 100 },
      { name: "in", took: 10 },
      { name: "in/a", took: 40 },
      { name: "in/b", took: 41 }
    ])
  })

  it("does not blame what was added inside after the service was ready", () => {
    const services = { "in": up(), "in/a": up(), "in/late": up() }
    const events = told(
      starts(0, "in"),
      starts(1, "in/a"),
      ready(50, "in/a"),
      ready(50, "in"),
      starts(60, "in/late")
    )
    const chain = chainOf(madeView({ ...services, "in/late": { ...up(), health: "optional" } }, { events }))!
    assert.deepStrictEqual(chain.critical.map(({ name }) => name), ["in", "in/a"])
  })

  it("does not blame the services inside one that is ready at once", () => {
    const services: Record<string, Made> = { "in": { ...up(), readiness: "automatic" }, "in/a": up(), "api": up("in") }
    const events = told(
      starts(0, "in"),
      ready(20, "in"),
      starts(20, "in/a"),
      starts(25, "api"),
      ready(30, "in/a"),
      ready(90, "api")
    )
    assert.deepStrictEqual(chainOf(madeView(services, { events }))!.critical.map(({ name }) => name), ["api"])
  })

  it("knows only the first start of each service, and nothing that began later for itself", () => {
    const services = { "a": up(), "in": up(), "in/x": up(), "late": up() }
    const first = [starts(0, "a"), ready(10, "a"), starts(0, "in"), starts(5, "in/x"), ready(8, "in/x"), ready(8, "in")]
    const later = [
      starts(9000, "a", 2),
      ready(9500, "a", 2),
      starts(9000, "in", 2),
      starts(9001, "in/x"),
      starts(8000, "late")
    ]
    const chain = (facts: ReadonlyArray<Fact>) => chainOf(madeView(services, { events: told(...facts), now: 20_000 }))!
    const { critical, ready: at, starts: found } = chain([...first, ...later])
    assert.deepStrictEqual([critical, at], [chain(first).critical, 10])
    assert.deepStrictEqual(found.map(({ name, worked }) => [name, worked]), [["a", 10], ["in", 8], ["in/x", 3]])
  })

  it("does not know what began inside a later run of the service around it", () => {
    const services: Record<string, Made> = {
      "slow": up(),
      "in": up(),
      "in/x": { status: { _tag: "Running", startedAt: 101, readyAt: 101 } },
      "in/x/y": { status: { _tag: "Running", startedAt: 102, readyAt: 102 } },
      "again": { status: { ...running, run: 3 } },
      "again/y": up()
    }
    const events = told(
      starts(0, "slow"),
      starts(0, "in"),
      ready(8, "in"),
      starts(100, "in", 2),
      starts(101, "in/x"),
      starts(102, "in/x/y"),
      starts(101, "again/y")
    )
    const { starts: found } = chainOf(madeView(services, { events, now: 5000 }))!
    assert.deepStrictEqual(found.map(({ name }) => name), ["slow", "in"])
  })

  it("does not blame a service that has failed inside one that is not ready", () => {
    const services = { "in": up(), "in/a": up(), "in/bad": up() }
    const events = told(starts(0, "in"), starts(1, "in/a"), starts(1, "in/bad"), fails(2, "in/bad"))
    assert.deepStrictEqual(chainOf(madeView(services, { events }))!.critical.map(({ name }) => name), ["in", "in/a"])
  })

  it("forgets the services inside a run that was not ready", () => {
    const events = told(
      starts(0, "in"),
      starts(1, "in/x"),
      starts(1, "in/gone"),
      backs(50, "in"),
      starts(60, "in", 2),
      starts(61, "in/x"),
      ready(70, "in/x"),
      ready(70, "in", 2)
    )
    const { starts: found } = chainOf(madeView({ "in": up(), "in/x": up() }, { events }))!
    assert.deepStrictEqual(found.map(({ asked, name }) => [name, asked]), [["in", 0], ["in/x", 61]])
  })

  it("does not count who has failed, who was stopped, who was removed, and who is optional", () => {
    const services: Record<string, Made> = { a: up(), slow: { ...up(), health: "optional" }, bad: up(), off: up() }
    const events = told(
      starts(0, "a"),
      starts(0, "slow"),
      starts(0, "bad"),
      starts(0, "off"),
      starts(0, "gone"),
      { _tag: "ServiceRemoved", service: "gone", run: 1, time: 5 },
      fails(5, "bad"),
      stops(5, "off", "stop"),
      ready(30, "a")
    )
    const { critical, ready: at, starts: found } = chainOf(madeView(services, { events }))!
    assert.deepStrictEqual([at, critical], [30, [{ name: "a", took: 30 }]])
    assert.deepStrictEqual(found.map(({ name, state }) => [name, state]), [
      ["a", "Ready"],
      ["slow", "Starting"],
      ["bad", "Over"],
      ["off", "Over"]
    ])
  })

  it("is ready when what had to complete has completed", () => {
    const events = told(starts(0, "a"), { _tag: "ServiceCompleted", service: "a", run: 1, time: 30 })
    assert.strictEqual(chainOf(madeView({ a: up() }, { events }))!.ready, 30)
  })

  it("counts a stop with a group as a time between runs", () => {
    const events = told(
      starts(0, "a"),
      stops(10, "a", "strategy"),
      stopped(12, "a"),
      starts(50, "a", 2),
      ready(60, "a", 2)
    )
    const [start] = chainOf(madeView({ a: up() }, { events }))!.starts
    assert.deepStrictEqual([start!.worked, start!.paused, start!.state], [20, 40, "Ready"])
  })

  it("takes from the statuses what the events do not tell any more, and says so", () => {
    const ran = (startedAt: number, readyAt: number, ...dependsOn: ReadonlyArray<string>): Made => ({
      status: { _tag: "Running", startedAt, readyAt, since: readyAt },
      dependsOn
    })
    const view = madeView({
      database: ran(0, 250),
      web: ran(400, 500, "api"),
      api: ran(251, 400, "database"),
      again: { status: { _tag: "Running", run: 7, startedAt: 5, readyAt: 9 } },
      unready: { status: { _tag: "Starting", startedAt: 5, since: 700 } },
      late: ran(9000, 9001, "api")
    }, { events: [crash("again", 7000), ...told(Object.assign(waits(600, "again", "api"), { run: 3 }))], now: 9500 })
    const chain = chainOf(view)!
    assert.deepStrictEqual(chain.starts.map(({ name, waited, worked }) => [name, waited, worked]), [
      ["database", 0, 250],
      ["api", 251, 149],
      ["web", 400, 100]
    ])
    assert.deepStrictEqual(chain.critical.map(({ name }) => name), ["database", "api", "web"])
    assert.isFalse(chain.isWhole)
  })

  it("believes no status that a service has waited for what was not ready when it began", () => {
    const { starts: found } = chainOf(madeView({
      later: { status: { _tag: "Starting", startedAt: 250, since: 250 } },
      early: { status: { _tag: "Running", startedAt: 260, readyAt: 300 }, dependsOn: ["later"] }
    }))!
    assert.deepStrictEqual(found.map(({ name, waited }) => [name, waited]), [["later", 0], ["early", 0]])
  })

  it("ends where services wait for one another, or for one that was not added", () => {
    const wait = (...names: ReadonlyArray<string>): Made => ({ status: { _tag: "Waiting", run: 0, waitingFor: names } })
    const { critical } = chainOf(madeView({ a: wait("b"), b: wait("a"), c: wait("nobody") }))!
    assert.lengthOf(critical, 2)
  })

  it("is nothing where nothing was started", () =>
    assert.isUndefined(chainOf(madeView({ a: { status: { _tag: "Pending", run: 0 } } }))))

  it("leaves no time out and counts none twice, whatever happens", () => {
    const names = ["a", "b", "in", "in/x", "in/y"]
    const fact = fc.tuple(fc.constantFrom(...names), fc.nat(7), fc.integer({ min: 1, max: 3 }), fc.nat(600))
    fc.assert(fc.property(fc.array(fact, { maxLength: 40 }), (drawn) => {
      let time = 0
      const facts = drawn.map(([name, what, run, passed]): Fact => {
        time += passed
        return [
          waits(time, name, name.startsWith("in/") ? "x" : "a"),
          starts(time, name, run),
          starts(time, name),
          ready(time, name, run),
          backs(time, name, run),
          stops(time, name, "strategy"),
          stops(time, name, "stop"),
          fails(time, name)
        ][what]!
      })
      const services = Object.fromEntries(names.map((name) => [name, up(...name === "b" ? ["a"] : [])]))
      const chain = chainOf(madeView(services, { events: told(...facts), now: time + 100 }))
      for (const { asked, parts, paused, waited, worked } of chain?.starts ?? []) {
        assert.strictEqual(parts.at(-1)!.to - asked, waited + worked + paused)
        parts.slice(1).forEach(({ from }, i) => assert.strictEqual(from, parts[i]!.to))
        for (const { from, to } of parts) assert.isAtMost(from, to)
      }
      if (chain === undefined) return
      const took = chain.critical.map(({ took }) => took)
      assert.isTrue(took.every((one) => one >= 0), `a share is negative: ${took.join(" ")}`)
      assert.strictEqual(took.reduce((sum, one) => sum + one, 0), (chain.ready ?? time + 100) - chain.begin)
    }))
  })
})
