import { assert, describe, it } from "@effect/vitest"
import { Recording } from "../../src/operations/Recording.ts"
import { startIn } from "../../src/page/kept.ts"
import { madeView, running } from "../operations/made.ts"
import { type Fact, ready, starts, stops, told } from "../operations/told.ts"

const recordingOf = () =>
  new Recording({ apiVersion: "governor/v1", governor: "shop", epoch: "e", sequence: 0, now: 0 })

const viewAt = (now: number, ...facts: ReadonlyArray<Fact>) =>
  madeView({ a: { status: running }, b: { status: running } }, { events: told(...facts), sequence: facts.length, now })

const over = viewAt(5000, starts(0, "a"), ready(10, "a"), starts(0, "b"), stops(20, "b", "stop"))

describe("startIn", () => {
  it("keeps a start that is over, also when its events are forgotten", () => {
    const recording = recordingOf()
    const { chain, kept } = startIn(undefined, recording, over)
    const later = { ...viewAt(9000), sequence: 9000 }
    assert.strictEqual(startIn(kept, recording, later).chain, chain)
    assert.strictEqual(startIn(kept, recording, later).kept, kept)
  })

  it("makes it anew for a moment before it was over, and for another recording", () => {
    const recording = recordingOf()
    const { kept } = startIn(undefined, recording, over)
    const before = startIn(kept, recording, viewAt(5, starts(0, "a")))
    assert.strictEqual(before.chain?.starts[0]?.state, "Starting")
    assert.strictEqual(before.kept, kept)
    assert.strictEqual(startIn(kept, recordingOf(), viewAt(5, starts(0, "a"))).chain?.ready, undefined)
  })

  it("keeps nothing while a service starts, or may still be added to the start", () => {
    assert.isUndefined(
      startIn(undefined, recordingOf(), viewAt(5000, starts(0, "a"), ready(10, "a"), starts(0, "b"))).kept
    )
    assert.isUndefined(startIn(undefined, recordingOf(), viewAt(900, starts(0, "a"), ready(10, "a"))).kept)
    assert.isUndefined(startIn(undefined, recordingOf(), madeView({ a: { status: { _tag: "Pending", run: 0 } } })).kept)
  })
})
