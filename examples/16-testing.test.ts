/**
 * How to test a service alone, and under a governor whose clock the test moves. No test sleeps in real time.
 *
 *     node examples/16-testing.test.ts
 *
 * Node's own test runner prints six tests that pass. `await using` needs Node 24; on older versions call `shutdown()`.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { serviceAPI, TestGovernor } from "effect-governor/testing"
import * as assert from "node:assert/strict"
import { test } from "node:test"

/** The service to test. It fetches news each minute and sends them on. */
const relay = (fetchNew: (signal: AbortSignal) => Promise<string>, send: (news: string) => void) => {
  return async ({ ready, signal, sleep }: ServiceAPI) => {
    do {
      send(await fetchNew(signal))
      ready()
    } while (!(await sleep("1 minute")))
  }
}

const nothing = () => {}
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason))
  })
const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 5000, "news"))
const unavailable = async () => Promise.reject(new Error("unavailable"))

test("fails when there is nothing to fetch", async () => {
  await assert.rejects(relay(unavailable, nothing)(serviceAPI()), { message: "unavailable" })
})

test("fetches and sends each minute", async () => {
  await using governor = new TestGovernor()
  const sent: Array<string> = []
  governor.add("relay", relay(async () => "news", (news) => sent.push(news)))
  governor.start()
  await governor.advance("2 minutes")
  assert.deepEqual(sent, ["news", "news", "news"])
})

test("is run again ten seconds after it failed", async () => {
  await using governor = new TestGovernor().restart("10 seconds")
  governor.add("relay", relay(unavailable, nothing))
  governor.start()
  await governor.advance("9 seconds")
  assert.equal(governor.get("relay").status()._tag, "Backoff")
  await governor.advance("1 second")
  assert.deepEqual(governor.steps.filter((step) => /Crashed/.test(step)), ["Crashed relay#1", "Crashed relay#2"])
})

test("waits for its database", async () => {
  await using governor = new TestGovernor()
  const database = governor.probe("database", { readiness: "manual" })
  governor.add("relay", relay(async () => "news", nothing), { dependsOn: ["database"] })
  governor.start()
  assert.equal(governor.get("relay").status().run, 0)
  database.ready()
  assert.equal(governor.get("relay").status().run, 1)
})

test("breaks its fetch off when the process is to leave, which is no failure", async () => {
  const governor = new TestGovernor().catchSignals()
  governor.add("relay", relay(endless, nothing))
  governor.start()
  governor.signal("SIGTERM")
  await governor.waitForShutdown()
  assert.deepEqual(governor.exit, { code: 0, why: "no service is active", running: [] })
})

test("uses timers of its own, which the test runner moves", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] })
  await using governor = new TestGovernor()
  const sent: Array<string> = []
  governor.add("relay", relay(slow, (news) => sent.push(news)))
  governor.start()
  for (let second = 0; second < 75; second++) { // a sleep takes a minute, and a fetch takes 5 seconds
    await governor.advance("1 second")
    mock.timers.tick(1000)
  }
  assert.deepEqual(sent, ["news", "news"])
})
