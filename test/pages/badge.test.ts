import { expect, test } from "vitest"
import { Recording } from "../../src/operations/Recording.ts"
import type { Wish } from "../../src/page/address.ts"
import { badgeOf, titleOf, withoutTimes } from "../../src/page/badge.ts"
import type { Connection } from "../../src/page/connection.ts"
import { initial } from "../../src/page/store.ts"

const recording = new Recording({ apiVersion: "governor/v1", governor: "g", epoch: "e", sequence: 9, now: 0 })
const lost = (since: number): Connection => ({ _tag: "Lost", since, heardAt: 80_000, problem: "nobody answers" })
const back: Partial<Wish> = { at: { epoch: "e", sequence: 2 } }
const one: Partial<Wish> = { at: { epoch: "e", sequence: 8 } }
const ahead: Partial<Wish> = { at: { epoch: "e", sequence: 999 } }

test.each<readonly [Connection, Partial<Wish>, string, string, RegExp]>([
  [{ _tag: "Connecting", since: 0 }, {}, "waiting", "Connecting", /^$/],
  [{ _tag: "Connecting", since: 0, problem: "nobody answers" }, {}, "waiting", "Connecting", /nobody answers/],
  [{ _tag: "Open", heardAt: 99_000 }, {}, "live", "Live", /^$/],
  [{ _tag: "Open", heardAt: 70_000 }, {}, "stale", "Stale", /30 s ago/],
  [lost(99_000), {}, "live", "Live", /^$/],
  [lost(81_000), {}, "stale", "Stale", /20 s ago: nobody answers/],
  [lost(81_000), back, "stale", "Stale", /nobody answers/],
  [{ _tag: "Open", heardAt: 99_000 }, back, "past", "Back in time", /7 events ago/],
  [{ _tag: "Open", heardAt: 99_000 }, one, "past", "Back in time", /^1 event ago/],
  [{ _tag: "Open", heardAt: 99_000 }, ahead, "past", "Back in time", /^0 events ago/],
  [{ _tag: "Resting", heardAt: 0 }, {}, "stale", "Stale", /nobody looked/],
  [{ _tag: "Over", heardAt: 90_000 }, {}, "past", "Shut down", /nothing follows/],
  [{ _tag: "Locked", isWrong: false }, {}, "waiting", "Locked", /token/],
  [{ _tag: "File", name: "a.ndjson" }, {}, "past", "File", /a\.ndjson/],
  [{ _tag: "File", name: "a.ndjson" }, back, "past", "Back in time", /events/]
])("with %j and %j the page looks %s: %s", (connection, wish, kind, title, words) => {
  const state = initial(100_000)
  const badge = badgeOf({ ...state, connection, recording, wish: { ...state.wish, ...wish } })
  expect([badge.kind, badge.title]).toEqual([kind, title])
  expect(badge.words).toMatch(words)
})

test("what goes on with the time is no news", () => {
  const news = "9 of 10 ready; api waits for db (crashed 3 times, next run in 8.25 s)"
  expect(withoutTimes(news)).toBe(withoutTimes(news.replace("8.25 s", "1 min 2 s")))
  expect(withoutTimes(news)).not.toBe(withoutTimes(news.replace("9 of", "8 of")))
  expect(withoutTimes(news)).not.toBe(withoutTimes(news.replace("3 times", "4 times")))
})

test("only what is live says in its title how it is", () => {
  const badge = { sign: "", words: "", title: "Stale" } as const
  expect(titleOf({ ...badge, kind: "live" }, "1 of 2 ready; a waits for b", "g")).toBe("1 of 2 ready · g")
  expect(titleOf({ ...badge, kind: "stale" }, "1 of 2 ready; a waits for b", "g")).toBe("Stale · g")
})

test("a name of a governor turns no text around", () => {
  const badge = { sign: "", words: "", title: "Stale", kind: "stale" } as const
  expect(titleOf(badge, "", "a\u202eb\nc")).toBe("Stale · a b c")
})
