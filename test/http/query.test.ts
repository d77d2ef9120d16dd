import { describe, expect, it } from "vitest"
import { Refused } from "../../src/http/exchange.ts"
import * as Query from "../../src/http/query.ts"

const status = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return error instanceof Refused ? error.answer.status : error
  }
}

const of = (text: string) => new URLSearchParams(text)

describe("parameters", () => {
  it.each<[string, unknown]>([
    ["wait=10s", 10_000],
    ["wait=10", 10_000],
    ["wait=250ms", 250],
    ["wait=1.5m", 90_000],
    ["wait=0s", 0],
    ["", undefined],
    ["wait=", 400],
    ["wait=10h", 400],
    ["wait=-1s", 400],
    ["wait=Infinity", 400],
    ["wait=6m", 400]
  ])(
    "duration of %s",
    (text, expected) => expect(status(() => Query.duration(of(text), "wait", 300_000))).toBe(expected)
  )

  it.each<[string, unknown]>([
    ["", 5],
    ["limit=1", 1],
    ["limit=10", 10],
    ["limit=11", 400],
    ["limit=0", 400],
    ["limit=-1", 400],
    ["limit=1e1", 400],
    ["limit=", 400]
  ])("count of %s", (text, expected) => expect(status(() => Query.count(of(text), "limit", 10, 5))).toBe(expected))

  it.each<[string, unknown]>([["", false], ["verbose", true], ["verbose=", true], ["verbose=true", true], [
    "verbose=false",
    false
  ], ["verbose=yes", 400]])(
    "flag of %s",
    (text, expected) => expect(status(() => Query.flag(of(text), "verbose"))).toBe(expected)
  )

  it.each<[string, string, boolean | undefined | 400]>([
    ["", "api", undefined],
    ["name=api", "api", true],
    ["name=api", "api2", false],
    ["name=api*", "api2", true],
    ["name=*/reader", "ingest/reader", true],
    ["name=in*st/*er", "ingest/reader", true],
    ["name=a.c", "abc", false],
    ["name=(a)", "(a)", true],
    ["name=a&name=b", "b", true],
    ["name=a,b", "b", true],
    ["name=*a*b*c*d*", "abcd", 400]
  ])(
    "glob %s of %s",
    (text, path, expected) => expect(status(() => Query.globs(of(text), "name")?.(path))).toBe(expected)
  )

  it("refuses a name that the path does not know", () => {
    expect(status(() => Query.check(of("verbose&exlude=a"), ["verbose", "exclude"]))).toBe(400)
    expect(status(() => Query.check(of("verbose&exclude=a"), ["verbose", "exclude"]))).toBe(undefined)
  })
})
