/** The file of all that is known of a governor: read again, it is the governor at each of its events. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { incident } from "../../src/http/incident.ts"
import { deskOf } from "../../src/http/options.ts"
import { RestartPolicy, type ServiceStatus } from "../../src/index.ts"
import { sightOf } from "../../src/internal/sight.ts"
import { viewOf } from "../../src/internal/view.ts"
import { reading } from "../../src/operations/reading.ts"
import { Recording } from "../../src/operations/Recording.ts"
import type { View } from "../../src/operations/View.ts"
import { pass, turns, up } from "../support.ts"
import { asks } from "./asking.ts"
import { inOrder } from "./following.ts"

const recordingIn = (text: string): Recording => {
  const { read, take } = reading()
  text.split("\n").forEach(take)
  const { leftOut, recording } = read()!
  assert.strictEqual(leftOut, 0)
  return recording
}

/** What of a view follows from events. The clock of a view of the past is that of its latest event. */
const shown = ({ closing, drainDelay, services, shutdownTimeout, specs }: View) =>
  inOrder({
    closing: closing ?? null,
    drainDelay: drainDelay ?? null,
    services: Array.from(services.values()),
    shutdownTimeout: shutdownTimeout ?? null,
    specs: Array.from(specs.values())
  })

/** A governor that crashes, waits and shuts down, and what was so after each event. */
const told = (keep: number) =>
  Effect.gen(function*() {
    yield* pass(0)
    const { end, governor, handle } = yield* up({
      restart: RestartPolicy.spaced("1 second"),
      shutdownTimeout: "30 seconds"
    }, {
      db: { stopTimeout: "2 seconds" },
      api: { dependsOn: ["db"] },
      worker: { bindsTo: ["db"] },
      job: { restart: RestartPolicy.never }
    })
    const ask = asks(governor, { keep, drainDelay: "4 seconds" })
    const sight = sightOf(governor)
    const truth = new Map<number, View>()
    const look = () => {
      const view = viewOf(sight)
      truth.set(view.sequence, view)
    }
    look()
    sight.listen(look)
    for (let i = 0; i < 3; i++) {
      yield* end("db", Exit.fail(`no connection ${i}`))
      yield* pass(1000)
    }
    yield* end("job", Exit.void)
    yield* Effect.orDie(Effect.flatMap(handle("api"), ({ restart }) => restart))
    yield* turns
    const text = Effect.map(Effect.promise(() => ask("/incident")), ({ text }) => text)
    const shutdown = Effect.forkChild(governor.shutdown, { startImmediately: true })
    /** The scope of the test waits for the shutdown, and does not move the clock. */
    const over = Effect.andThen(shutdown, pass(30_000))
    return { look, over, shutdown, sight, text, truth }
  })

describe("the file of an incident", () => {
  for (const keep of [1000, 7]) {
    it.effect(`is the governor, now and after each event that is kept: ${keep}`, () =>
      Effect.gen(function*() {
        const { look, over, shutdown, sight, text, truth } = yield* told(keep)
        yield* shutdown
        yield* turns
        look() // the listener hears of the shutdown before its limits count
        const draining = recordingIn(yield* text)
        assert.strictEqual(shown(draining.view(0)), shown(viewOf(sight)))
        assert.isDefined(draining.view(0).closing?.drainsUntil)
        yield* pass(4000)
        look()
        const recording = recordingIn(yield* text)
        const kept = Array.from(truth.values()).filter(({ sequence }) => sequence >= recording.head.sequence)
        assert.isAtLeast(kept.length, 4)
        if (keep === 7) assert.strictEqual(recording.events.length, 7)
        for (const view of kept) {
          const then = recording.viewAt(view.sequence)
          assert.strictEqual(shown({ ...then, specs: view.specs }), shown(view), `after event ${view.sequence}`)
        }
        yield* over
        const after = recordingIn(yield* text)
        assert.strictEqual(shown(after.view(0)), shown(viewOf(sight)))
        assert.isUndefined(after.view(0).closing)
      }))
  }

  it.effect("becomes another file when it was read, which is the same", () =>
    Effect.gen(function*() {
      const { over, text: read } = yield* told(1000)
      const text = yield* read
      const again = Array.from(recordingIn(text).entries(), (entry) => `${JSON.stringify(entry)}\n`).join("")
      assert.strictEqual(again, text)
      yield* over
    }))

  it.effect("comes in small pieces, also if the errors are long", () =>
    Effect.gen(function*() {
      yield* pass(0)
      const names = Array.from({ length: 40 }, (_, i) => `s${i}`)
      const { end, governor } = yield* up({}, Object.fromEntries(names.map((name) => [name, {}])))
      const desk = deskOf(sightOf(governor), {})
      yield* Effect.forEach(names, (name) => end(name, Exit.fail(name.repeat(2000))))
      yield* pass(1)
      const { body } = incident(desk)
      const sizes = yield* Effect.promise(async () => {
        const sizes: Array<number> = []
        if (body._tag === "Pieces") { for await (const piece of body.pieces) sizes.push(piece.length) }
        return sizes
      })
      assert.isAbove(sizes.length, 10)
      assert.isBelow(Math.max(...sizes), 80_000)
    }))

  it.effect("goes on with the events that come later, and forgets the oldest", () =>
    Effect.gen(function*() {
      const { over, sight, text } = yield* told(1000)
      const all = recordingIn(yield* text)
      const short = new Recording(all.head, 5)
      for (const entry of all.entries()) {
        if (!("incident" in entry)) short.take(entry)
        if ("event" in entry) short.take(entry) // it may come twice, from a file and from a stream
      }
      assert.isAtMost(short.events.length, 10)
      assert.isAbove(short.head.sequence, all.head.sequence)
      assert.strictEqual(shown(short.view(0)), shown(viewOf(sight)))
      const from = short.head.sequence
      assert.strictEqual(shown(short.viewAt(from)), shown(all.viewAt(from)))
      assert.strictEqual(short.latest, all.latest)
      const names = (statuses: ReadonlyMap<string, Pick<ServiceStatus.ServiceStatus, "name">>) => [...statuses.keys()]
      assert.deepStrictEqual(names(short.viewAt(0).services), names(all.viewAt(from).services))
      yield* over
    }))
})
