/**
 * How to combine the time of a `TestGovernor` with fake timers of the test runner. The test moves both, step by step.
 *
 *     npx vitest run examples/23-fake-timers.test.ts
 *
 * Vitest prints one test that passes. For `mock.timers` of Node's own runner, see the last test of
 * `16-testing.test.ts`.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { TestGovernor } from "effect-governor/testing"
import { afterEach, beforeEach, expect, it, vi } from "vitest"

beforeEach(() => void vi.useFakeTimers()) // fakes all timers; the governor took the real timers when it was loaded
afterEach(() => void vi.useRealTimers())

/** The service to test. It counts in its own timer, and tells the count each minute. */
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
    await vi.advanceTimersByTimeAsync(1000) // moves your own timers: `setInterval`, `Date` …
    await governor.advance("1 second") // moves the time of the governor: `sleep`, delays, timeouts
  }
  await governor.shutdown()
  expect(told).toEqual([6, 12])
  expect(vi.getTimerCount()).toBe(0)
})
