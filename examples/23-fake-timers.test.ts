/**
 * How the time of a `TestGovernor` goes with the timers that the test runner fakes: both are moved, step by step.
 *
 *     npx vitest run examples/23-fake-timers.test.ts
 *
 * Vitest prints one test that passes. With Node's own runner it is `mock.timers`: see the last test of `16-testing.test.ts`.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { TestGovernor } from "effect-governor/testing"
import { afterEach, beforeEach, expect, it, vi } from "vitest"

beforeEach(() => void vi.useFakeTimers()) // all of them: what the governor itself needs it has taken before
afterEach(() => void vi.useRealTimers())

/** The service to be tested: it counts in a timer of its own, and tells the count each minute. */
const counter = (tell: (count: number) => void) => async ({ sleep }: ServiceAPI) => {
  let count = 0
  const timer = setInterval(() => count++, 10_000)
  while (!(await sleep("1 minute"))) tell(count)
  clearInterval(timer)
}

it("counts, and tells the count each minute", async () => {
  const governor = new TestGovernor()
  const told: Array<number> = []
  governor.add("counter", counter((count) => told.push(count)))
  governor.start()
  for (let second = 0; second < 120; second++) {
    await vi.advanceTimersByTimeAsync(1000) // yours: `setInterval`, `Date` …
    await governor.advance("1 second") // the governor's: `sleep`, delays, timeouts
  }
  await governor.shutdown()
  expect(told).toEqual([6, 12])
  expect(vi.getTimerCount()).toBe(0)
})
