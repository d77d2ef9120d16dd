import { expect, test } from "vitest"
import { type Head, Recording } from "../../src/operations/Recording.ts"
import { type Connection, knownUntil, type Standing, standingOf } from "../../src/page/connection.ts"
import { initial, type Message, type State, timeOf, update } from "../../src/page/store.ts"

const recordingOf = (epoch: string, rest: Partial<Head> = {}): Recording =>
  new Recording({ apiVersion: "governor/v1", governor: "g", epoch, sequence: 5, now: 50_000, ...rest })

const loaded = (epoch: string): Message => ({ _tag: "Loaded", recording: recordingOf(epoch), ahead: 49_000 })

/** The state after these messages, one a second. */
const after = (...messages: ReadonlyArray<Message>): State =>
  messages.reduce((state, message, i) => update(state, message, 1000 * (i + 1)), initial(0))

const heard: Message = { _tag: "Heard" }
const lost: Message = { _tag: "Lost", problem: "nobody answers" }
const ticked: Message = { _tag: "Ticked" }

test.each<readonly [ReadonlyArray<Message>, Connection]>([
  [[], { _tag: "Connecting", since: 0 }],
  [[lost], { _tag: "Connecting", since: 0, problem: "nobody answers" }],
  [[loaded("a")], { _tag: "Open", heardAt: 1000 }],
  [[loaded("a"), heard], { _tag: "Open", heardAt: 2000 }],
  [[loaded("a"), lost, lost], { _tag: "Lost", since: 2000, heardAt: 1000, problem: "nobody answers" }],
  [[loaded("a"), lost, heard], { _tag: "Open", heardAt: 3000 }],
  [[loaded("a"), { _tag: "Ended" }, { _tag: "Ended" }], { _tag: "Over", heardAt: 2000 }],
  [[loaded("a"), { _tag: "Ended" }, lost], { _tag: "Over", heardAt: 2000 }],
  [[loaded("a"), ticked, { _tag: "Rested" }, lost], {
    _tag: "Lost",
    since: 1000,
    heardAt: 1000,
    problem: "nobody answers"
  }],
  [[loaded("a"), ticked, { _tag: "Rested" }], { _tag: "Resting", heardAt: 1000 }],
  [[{ _tag: "Locked", isWrong: false }], { _tag: "Locked", isWrong: false }],
  [[{ _tag: "Locked", isWrong: true }, { _tag: "Connecting" }], { _tag: "Connecting", since: 2000 }]
])("after %j the connection is as it has to be", (messages, connection) => {
  expect(after(...messages).connection).toEqual(connection)
})

test.each<readonly [Connection, number, Standing, number | undefined]>([
  [{ _tag: "Connecting", since: 0 }, 99_000, "Connecting", undefined],
  [{ _tag: "Open", heardAt: 1000 }, 20_999, "Live", undefined],
  [{ _tag: "Open", heardAt: 1000 }, 21_000, "Stale", 1000],
  [{ _tag: "Lost", since: 2000, heardAt: 1000, problem: "" }, 4999, "Live", undefined],
  [{ _tag: "Lost", since: 2000, heardAt: 1000, problem: "" }, 5000, "Stale", 1000],
  // The clock of the browser was set back by an hour.
  [{ _tag: "Open", heardAt: 3_601_000 }, 1000, "Stale", 3_601_000],
  [{ _tag: "Lost", since: 3_602_000, heardAt: 3_601_000, problem: "" }, 2000, "Stale", 3_601_000],
  [{ _tag: "Resting", heardAt: 1000 }, 1001, "Stale", 1000],
  [{ _tag: "Over", heardAt: 1000 }, 99_000, "Over", 1000],
  [{ _tag: "Locked", isWrong: false }, 99_000, "Locked", undefined],
  [{ _tag: "File", name: "f" }, 99_000, "File", undefined]
])("%j at %i is %s", (connection, now, standing, until) => {
  expect(standingOf(connection, now)).toBe(standing)
  expect(knownUntil(connection, now)).toBe(until)
})

test("a stream that was silent for too long does not look live again because it is lost", () => {
  const silent = update(after(loaded("a")), ticked, 25_000)
  expect(standingOf(silent.connection, silent.now)).toBe("Stale")
  const gone = update(silent, lost, 25_001)
  expect(standingOf(gone.connection, gone.now)).toBe("Stale")
})

test("the time goes on by the clock of the governor while it is heard, and stands still while it is not", () => {
  const live = after(loaded("a"))
  expect(timeOf(live)).toBe(50_000)
  expect(timeOf(update(live, heard, 3000))).toBe(52_000)
  const gone = update(update(live, heard, 3000), lost, 4000)
  expect(timeOf(update(gone, ticked, 90_000))).toBe(52_000)
})

test("no event is later than the time, however wrong the clocks are", () => {
  const live = after(loaded("a"))
  live.recording!.take({ event: { _tag: "ServiceReady", service: "a", run: 1, sequence: 6, time: 50_007 } })
  expect(timeOf(update(live, heard, 1001))).toBe(50_007)
  expect(timeOf(update(live, heard, 1010))).toBe(50_010)
})

test("the time of a file is that of its end", () => {
  const recording = recordingOf("a")
  const opened: Message = { _tag: "Opened", recording, name: "f" }
  expect(timeOf(after(opened))).toBe(50_000)
  recording.take({ event: { _tag: "ServiceReady", service: "a", run: 1, sequence: 6, time: 60_000 } })
  expect(timeOf(update(after(opened), ticked, 90_000))).toBe(60_000)
})

test("another epoch is another process, and a moment of the one before is gone", () => {
  const before = after(loaded("a"), { _tag: "Wished", wish: { at: { epoch: "a", sequence: 3 }, service: "api" } })
  const same = update(before, loaded("a"), 9000)
  expect([same.restartedAt, same.wish.at?.sequence]).toEqual([undefined, 3])
  const other = update(before, loaded("b"), 9000)
  expect([other.restartedAt, other.wish.at, other.wish.service, other.notice]).toEqual([
    9000,
    undefined,
    "api",
    undefined
  ])
})

test("a link to a moment of an earlier process says so", () => {
  const linked = after({ _tag: "Wished", wish: { at: { epoch: "a", sequence: 3 } } }, loaded("b"))
  expect([linked.wish.at, linked.restartedAt]).toEqual([undefined, undefined])
  expect(linked.notice).toMatch(/earlier process/)
})

test("a command goes from its preview to its answer, and an answer that nobody waits for is forgotten", () => {
  const asked: Message = { _tag: "Asked", order: { _tag: "Restart", service: "api" }, run: 3 }
  const sent: Message = { _tag: "Sent", plan: undefined }
  const answered: Message = { _tag: "Answered", result: { _tag: "Done", isReached: true } }
  const steps = [[asked], [asked, sent], [asked, sent, answered], [asked, answered], [
    asked,
    sent,
    { _tag: "Closed" },
    answered
  ]]
  expect(steps.map((messages) => after(...messages as ReadonlyArray<Message>).asking?.step._tag)).toEqual([
    "Preview",
    "Sent",
    "Answered",
    "Preview",
    undefined
  ])
})

test("a branch is folded and unfolded", () => {
  const folded: Message = { _tag: "Folded", path: "a", isFolded: true }
  expect(Array.from(after(folded).folded)).toEqual(["a"])
  expect(after(folded, { ...folded, isFolded: false }).folded.size).toBe(0)
})

test("a moment of another process is not shown, however the address came to it", () => {
  const at = { epoch: "b", sequence: 2 }
  const state = update(after(loaded("a")), { _tag: "Wished", wish: { at, service: "api" } }, 3000)
  expect(state.wish).toMatchObject({ at: undefined, service: "api" })
  expect(state.notice).toMatch(/earlier process/)
  expect(update(state, { _tag: "Wished", wish: { at: { ...at, epoch: "a" } } }, 3000).wish.at?.epoch).toBe("a")
})
