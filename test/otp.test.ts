/**
 * Erlang/OTP's `supervisor`, as its documentation has it, beside what a governor does: each test has the words of a rule of
 * theirs, and where ours differs on purpose, it says our rule, and a comment says how. What can be done to the children is in
 * `otp.children.test.ts`.
 *
 * `simple_one_for_one` needs no counterpart: services of one kind are added like any others. Where OTP kills a child whose
 * shutdown takes too long, ours is abandoned: rule 13.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { type Governor, RestartPolicy, Service } from "../src/index.ts"
import { ends, named, permanent, restartOf, shown, type Strategy, temporary, transient, type Type } from "./otp.ts"
import { puppet, turns, up } from "./support.ts"

/**
 * Who ends how, and what is then: which children run a second run, which are over, and which know of nothing. There are
 * always one of each type before and after the one that ends, in start order: p1 t1 n1 head p2 t2 n2 (n: temporary).
 */
type Row = [rule: string, head: Type, end: keyof typeof ends, again: string, over: string, untouched: string]

const others = "p1 t1 n1 p2 t2 n2"

/** What is so whatever the strategy: nobody is to be restarted. */
const noRestart: ReadonlyArray<Row> = [
  [transient, "transient", "normal", "", "head", others],
  [transient, "transient", "shutdown", "", "head", others],
  [temporary, "temporary", "normal", "", "head", others],
  [temporary, "temporary", "shutdown", "", "head", others],
  [temporary, "temporary", "crash", "", "head", others]
]

/** In OTP n1 and n2, which are over, would be forgotten as well; ours stay, as stopped by hand, and can be started. */
const table: ReadonlyArray<[strategy: Strategy, rule: string, rows: ReadonlyArray<Row>]> = [
  [
    "one-for-one",
    "one_for_one: If one child process terminates and is to be restarted, only that child process is affected",
    [
      [permanent, "permanent", "normal", "head", "", others],
      [permanent, "permanent", "shutdown", "head", "", others],
      [permanent, "permanent", "crash", "head", "", others],
      [transient, "transient", "crash", "head", "", others],
      ...noRestart
    ]
  ],
  [
    "one-for-all",
    "one_for_all: If one child process terminates and is to be restarted, all other child processes are terminated " +
    "and then all child processes are restarted",
    [
      [permanent, "permanent", "normal", "p1 t1 head p2 t2", "n1 n2", ""],
      [permanent, "permanent", "shutdown", "p1 t1 head p2 t2", "n1 n2", ""],
      [permanent, "permanent", "crash", "p1 t1 head p2 t2", "n1 n2", ""],
      [transient, "transient", "crash", "p1 t1 head p2 t2", "n1 n2", ""],
      ...noRestart
    ]
  ],
  [
    "rest-for-one",
    "rest_for_one: the rest of the child processes (that is, the child processes after the terminated process in " +
    "start order) are terminated. Then the terminated child process and all child processes after it are restarted",
    [
      [permanent, "permanent", "normal", "head p2 t2", "n2", "p1 t1 n1"],
      [permanent, "permanent", "shutdown", "head p2 t2", "n2", "p1 t1 n1"],
      [permanent, "permanent", "crash", "head p2 t2", "n2", "p1 t1 n1"],
      [transient, "transient", "crash", "head p2 t2", "n2", "p1 t1 n1"],
      ...noRestart
    ]
  ],
  [
    "dependents", // p2, t2 and n2 depend on the head, and on one another; OTP has nothing but the start order for this
    "dependents: as rest_for_one, but not by start order: those after the terminated process are those that depend on it",
    [
      [permanent, "permanent", "normal", "head p2 t2", "n2", "p1 t1 n1"],
      [permanent, "permanent", "shutdown", "head p2 t2", "n2", "p1 t1 n1"],
      [permanent, "permanent", "crash", "head p2 t2", "n2", "p1 t1 n1"],
      [transient, "transient", "crash", "head p2 t2", "n2", "p1 t1 n1"],
      ...noRestart
    ]
  ]
]

/** One of each type, the head, and one of each type. None is down at once when it is terminated. */
const family = (strategy: Strategy, head: Type) => {
  const after = (dependency: string) => strategy === "dependents" ? { dependsOn: [dependency] } : {}
  return up({ strategy }, {
    p1: { restart: restartOf("permanent") },
    t1: { restart: restartOf("transient") },
    n1: { restart: restartOf("temporary") },
    head: { restart: restartOf(head) },
    p2: { restart: restartOf("permanent"), ...after("head") },
    t2: { restart: restartOf("transient"), ...after("p2") },
    n2: { restart: restartOf("temporary"), ...after("t2") }
  }, Effect.yieldNow)
}

/** What became of all, in the table's words. */
const fates = Effect.fnUntraced(function*(governor: Governor.Governor) {
  const statuses = yield* Effect.andThen(turns, governor.status)
  const names = (all: typeof statuses) => all.map(({ name }) => name).join(" ")
  const live = statuses.filter(({ _tag }) => _tag === "Running")
  return {
    again: names(live.filter(({ run }) => run === 2)),
    over: names(statuses.filter(({ _tag }) => _tag === "Stopped" || _tag === "Failed")),
    untouched: names(live.filter(({ run }) => run === 1))
  }
})

for (const [strategy, rule, rows] of table) {
  describe(rule, () => {
    it.effect.each(rows)("%s (%s, %s)", ([, head, end, again, over, untouched]) =>
      Effect.gen(function*() {
        const children = yield* family(strategy, head)
        yield* children.end("head", ends[end])
        assert.deepStrictEqual(yield* fates(children.governor), { again, over, untouched })
        assert.strictEqual(named(children.lines, "Starting").join(" "), again, "in start order")
        const firstStart = children.lines.findIndex((line) => line.startsWith("Starting"))
        const lastStop = children.lines.findLastIndex((line) => line.startsWith("Stopped"))
        if (again !== "") assert.isBelow(lastStop, firstStart, "all are terminated, and then all are restarted")
      }))
  })
}

const all = (run: number) => `before ${run}, head ${run}, after ${run}`

/** Permanent children, each with the same limits. */
const trio = (strategy: Strategy, options?: Service.Options) => {
  const restart = restartOf("permanent", { maxRestarts: 2, within: "10 seconds" })
  const after = strategy === "dependents" ? { restart, dependsOn: ["head"] } : { restart }
  return up({ strategy }, { before: { restart }, head: { restart, ...options }, after })
}

describe("restart intensity, of a service and not of its supervisor: MaxR 2, MaxT 10 seconds", () => {
  const within = "no more than MaxR restarts within MaxT seconds: it is restarted"
  // In OTP the supervisor would be over. Ours is, if the service is significant: the next test but one.
  const exceeded = "if more than MaxR restarts occur within MaxT seconds, the supervisor terminates all the child " +
    "processes and then itself: ours fails the child, and the others go on"
  const spread = "restarts that were MaxT seconds ago or more do not count"

  it.effect.each<[rule: string, strategy: Strategy, crashesAt: ReadonlyArray<number>, then: string]>([
    [within, "one-for-one", [0, 1], "before 1, head 3, after 1"],
    [within, "one-for-all", [0, 1], "before 3, head 3, after 3"],
    [within, "rest-for-one", [0, 1], "before 1, head 3, after 3"],
    [within, "dependents", [0, 1], "before 1, head 3, after 3"],
    [exceeded, "one-for-one", [0, 1, 9], "before 1, head Failed, after 1"],
    [exceeded, "one-for-all", [0, 1, 9], "before 3, head Failed, after 3"],
    [exceeded, "rest-for-one", [0, 1, 9], "before 1, head Failed, after 3"],
    [exceeded, "dependents", [0, 1, 9], "before 1, head Failed, after 3"],
    [spread, "one-for-one", [0, 1, 10], "before 1, head 4, after 1"],
    [spread, "one-for-all", [0, 1, 10], "before 4, head 4, after 4"],
    [spread, "rest-for-one", [0, 1, 10], "before 1, head 4, after 4"],
    [spread, "dependents", [0, 1, 10], "before 1, head 4, after 4"]
  ])("%s (%s)", ([, strategy, crashesAt, then]) =>
    Effect.gen(function*() {
      const { end, governor } = yield* trio(strategy)
      for (const second of crashesAt) {
        yield* Effect.andThen(TestClock.setTime(1000 * second), turns)
        yield* Effect.andThen(end("head", ends.crash), turns)
      }
      assert.strictEqual(yield* shown(governor), then)
    }))

  it.effect("a restart counts for the child that terminated alone: in OTP these four would be more than MaxR", () =>
    Effect.gen(function*() {
      for (const [strategy, then] of [["one-for-one", "before 3, head 3, after 1"], ["one-for-all", all(5)]] as const) {
        const { end, governor } = yield* trio(strategy)
        for (const name of ["before", "head", "before", "head"]) yield* Effect.andThen(end(name, ends.crash), turns)
        assert.strictEqual(yield* shown(governor), then)
      }
    }))

  it.effect("... and then itself, if the child is significant", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* trio("one-for-one", { significant: true })
      for (let i = 0; i < 3; i++) yield* Effect.andThen(end("head", ends.crash), turns)
      assert.strictEqual(yield* shown(governor), "before Stopped, head Failed, after Stopped")
      const { ok, reason } = yield* governor.shutdown
      assert.deepStrictEqual([ok, reason._tag], [false, "Significant"])
    }))

  it.effect("intensity 0: no restart at all", () =>
    Effect.gen(function*() {
      const restart = restartOf("permanent", { maxRestarts: 0 })
      for (const end of [ends.normal, ends.crash]) {
        const children = yield* up({ strategy: "one-for-all" }, { head: { restart }, other: {} })
        yield* children.end("head", end)
        assert.strictEqual(yield* shown(children.governor), "head Failed, other 1")
      }
    }))
})

describe("the order", () => {
  // OTP starts and terminates one after the other. Ours: a level of dependencies together, those within it as added.
  const list = { a: { restart: restartOf("permanent") }, b: {}, c: {} }
  const chain = { a: { restart: restartOf("permanent") }, b: { dependsOn: ["a"] }, c: { dependsOn: ["b"] } }

  it.effect("the child processes are started in order from left to right according to this list", () =>
    Effect.gen(function*() {
      for (const children of [list, chain]) {
        const { governor, lines } = yield* up({}, {})
        for (const [name, options] of Object.entries(children)) yield* governor.add(puppet(name, options).service)
        yield* Effect.andThen(governor.start, turns)
        assert.deepStrictEqual(named(lines, "Starting"), ["a", "b", "c"])
      }
    }))

  it.effect.each<["shutdown" | "one-for-all", string]>([
    ["shutdown", "when the supervisor is going to terminate, it first terminates its child processes"],
    ["one-for-all", "when one child terminates, the others are terminated"]
  ])(
    "%s: %s in reversed start order: ours, if they depend on one another; all together, if they do not",
    ([when]) =>
      Effect.gen(function*() {
        for (const [children, order] of [[list, "a b c"], [chain, "c b a"]] as const) {
          const { end, governor, lines } = yield* up({ strategy: "one-for-all" }, children)
          yield* when === "shutdown" ? governor.shutdown : end("a", ends.crash)
          yield* turns
          const expected = when === "shutdown" ? order : order.replace(/ ?a ?/, "")
          assert.strictEqual(named(lines, "Stopping").join(" "), expected)
        }
      })
  )

  // OTP: "... the supervisor first terminates all already started child processes and then itself".
  it.effect("if any child process start function fails: ours is a crash like any other, and the others go on", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, { first: {}, last: {} })
      yield* governor.add(Service.make("broken", Effect.fail("no port"), { restart: RestartPolicy.never }))
      yield* governor.start
      assert.strictEqual(yield* shown(governor), "first 1, last 1, broken Failed")
    }))
})
