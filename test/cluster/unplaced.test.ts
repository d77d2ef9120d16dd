import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { watchUnplaced } from "../../src/cluster/Unplaced.ts"
import type { ClusterStatus } from "../../src/ClusterStatus.ts"

const status = (name: string, others: Partial<ClusterStatus> = {}): ClusterStatus => ({
  name,
  epoch: 1,
  desired: "running",
  state: "Standby",
  since: 0,
  ...others
})

/** The warnings that come as the clock moves by whole seconds, with what is known at each of them. */
const warnings = (lease: number, seconds: ReadonlyArray<ReadonlyArray<ClusterStatus>>) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const hear = Logger.make(({ message }) => void lines.push(String(message)))
    let now = seconds[0]!
    const watch = watchUnplaced(lease, { status: () => now, isKnown: (name) => name === "known" })
    yield* TestClock.adjust(0)
    yield* Effect.forkChild(Effect.provide(watch, Logger.layer([hear])))
    for (const statuses of seconds.slice(1)) {
      now = statuses
      yield* TestClock.adjust(1000)
    }
    return lines
  })

const times = (count: number, ...all: ReadonlyArray<ClusterStatus>) => Array.from({ length: count }, () => all)

it.effect("warns once of services that no node runs for longer than a move takes, and says whether this node could", () =>
  Effect.gen(function*() {
    const nowhere = [status("known", { state: "Stopped" }), status("new", { epoch: 0 }), status("newer")]
    assert.deepStrictEqual(yield* warnings(6000, times(11, ...nowhere)), [])
    assert.deepStrictEqual(yield* warnings(6000, times(30, ...nowhere)), [
      "no node runs \"known\", which shall run: a node that does not know a service may have its place",
      "no node runs \"new\", \"newer\", which shall run: this node does not know any of them"
    ])
  }))

it.effect("warns of one whose node is dead, and again when it is nowhere again", () =>
  Effect.gen(function*() {
    const dead = status("known", { state: "Running", unreachableSince: 1 })
    const up = status("known", { state: "Running" })
    const lines = yield* warnings(6000, [...times(20, dead), ...times(4, up), ...times(20, dead)])
    assert.lengthOf(lines, 2)
  }))

it.effect("does not warn of one that moves, has failed, or is not wanted", () =>
  Effect.gen(function*() {
    const moving = [...times(4, status("known")), ...times(3, status("known", { state: "Running" }))]
    assert.deepStrictEqual(yield* warnings(6000, [...moving, ...moving]), [])
    const others = [
      status("failed", { state: "Failed" }),
      status("stopped", { desired: "stopped" }),
      status("done", { desired: "completed" })
    ]
    assert.deepStrictEqual(yield* warnings(6000, times(20, ...others)), [])
  }))
