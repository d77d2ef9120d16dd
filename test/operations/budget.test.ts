import { assert, describe, it } from "@effect/vitest"
import { budget, longestStart, longestStop, unlimitedStops } from "../../src/operations/budget.ts"
import { type Made, madeView, running } from "./made.ts"

const made = (rest: Omit<Made, "status">): Made => ({ status: running, ...rest })

const chain = {
  database: made({ stopTimeout: 10_000, startTimeout: 20_000 }),
  cache: made({ stopTimeout: 2000, readiness: "automatic" }),
  api: made({ stopTimeout: 5000, startTimeout: 1000, dependsOn: ["database", "cache"] })
}

describe("the longest way", () => {
  it("goes through a stop, those first that depend on others", () =>
    assert.deepStrictEqual(longestStop(madeView(chain)), { millis: 15_000, path: ["api", "database"] }))

  it("goes through a start", () =>
    assert.deepStrictEqual(longestStart(madeView(chain)), { millis: 21_000, path: ["database", "api"] }))

  it("has no limit if a service has none", () => {
    const view = madeView({ ...chain, slow: made({ dependsOn: ["api"] }) })
    assert.strictEqual(longestStop(view).millis, undefined)
    assert.strictEqual(longestStart(view).millis, undefined)
    assert.deepStrictEqual(unlimitedStops(view), ["slow"])
    assert.deepStrictEqual(longestStop(madeView({})), { millis: 0, path: [] })
  })

  it("is limited for services inside by the service around them", () => {
    const view = madeView({
      "a": made({ stopTimeout: 1 }),
      "a/b": made({}),
      "c": made({}),
      "c/d": made({ stopTimeout: 1 })
    })
    assert.deepStrictEqual(unlimitedStops(view), ["c"])
  })
})

describe("budget", () => {
  it("says nothing if all fits, or if there is no limit", () => {
    assert.deepStrictEqual(budget(madeView(chain)), [])
    assert.deepStrictEqual(budget(madeView(chain, { shutdownTimeout: 16_000 })), [])
  })

  it("says what a shutdown needs more than it has", () => {
    assert.deepStrictEqual(budget(madeView(chain, { shutdownTimeout: 20_000, drainDelay: 5000 })), [
      "a shutdown may need 21 s (5 s of drainDelay, 15 s to stop api and database, 1 s to end), and its shutdownTimeout is 20 s"
    ])
  })

  it("says that the drainDelay takes all", () =>
    assert.deepStrictEqual(budget(madeView(chain, { shutdownTimeout: 5000, drainDelay: 5000 })), [
      "the drainDelay of 5 s takes the whole shutdownTimeout of 5 s: no time is left for the stops"
    ]))

  it("includes the governors inside", () => {
    const view = madeView({
      "in": made({ stopTimeout: 10_000 }),
      "in/a": made({ stopTimeout: 6000 }),
      "in/b": made({ stopTimeout: 6000, dependsOn: ["a"] }),
      "out": made({}),
      "out/c": made({ stopTimeout: 30_000 })
    }, { shutdownTimeout: 30_000 })
    assert.deepStrictEqual(budget(view), [
      "a shutdown may need 31 s (30 s to stop out, 1 s to end), and its shutdownTimeout is 30 s",
      "in may need 12 s to stop in/b and in/a inside it, and has 9 s"
    ])
  })
})
