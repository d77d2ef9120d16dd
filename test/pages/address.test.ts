import { expect, test } from "vitest"
import { hashOf, noWish, type Wish, wishOf } from "../../src/page/address.ts"

const wishes: ReadonlyArray<readonly [string, Partial<Wish>]> = [
  ["", {}],
  ["#q=a+%26+b", { search: "a & b" }],
  ["#state=Backoff,Failed", { states: new Set(["Backoff", "Failed"]) }],
  ["#sort=since", { sort: "since" }],
  ["#sort=tree-down", { isDown: true }],
  ["#service=ingest/reader", { service: "ingest/reader" }],
  ["#at=0a1b2c3d-17", { at: { epoch: "0a1b2c3d", sequence: 17 } }],
  ["#q=x&state=Failed&sort=name-down&service=%C3%BC&at=ff-0", {
    search: "x",
    states: new Set(["Failed"]),
    sort: "name",
    isDown: true,
    service: "ü",
    at: { epoch: "ff", sequence: 0 }
  }]
]

test.each(wishes)("%j is read as what is written as it", (hash, part) => {
  const wish = { ...noWish, ...part }
  expect(wishOf(hash)).toEqual(wish)
  expect(hashOf(wish)).toBe(hash)
})

test.each(["#at=17", "#at=e-", "#state=None,,", "#sort=nothing", "#service=", "#unknown=1", "#%"])(
  "what %j says is left out, because nobody can mean it",
  (hash) => expect(wishOf(hash)).toEqual(noWish)
)

test("a search that nobody has typed is cut off", () => {
  expect(wishOf(`#q=${"a ".repeat(100_000)}`).search).toHaveLength(500)
})
