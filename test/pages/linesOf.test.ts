import { assert, describe, it } from "@effect/vitest"
import type { Line } from "../../src/operations/Recording.ts"
import { linesOf } from "../../src/page/linesOf.ts"

const line = (id: number, service?: string): Line => ({
  id,
  time: id,
  level: "info",
  message: `line ${id}`,
  ...(service !== undefined && { service })
})

const ids = (...args: Parameters<typeof linesOf>) => linesOf(...args).map(({ id }) => id)

describe("linesOf", () => {
  const lines = [line(1, "in"), line(2, "in/reader"), line(3, "inner"), line(4), line(5, "in")]

  it("has those of the service and of the services inside it, the oldest first", () =>
    assert.deepStrictEqual(ids(lines, "in", Infinity), [1, 2, 5]))

  it("has none of later than the moment that is shown", () => assert.deepStrictEqual(ids(lines, "in", 2), [1, 2]))

  it("has the latest, if there are too many", () => {
    const many = Array.from({ length: 500 }, (_, i) => line(i, "in"))
    assert.deepStrictEqual([ids(many, "in", Infinity)[0], ids(many, "in", Infinity).length], [200, 300])
  })
})
