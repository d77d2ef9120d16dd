/**
 * How to test a service: alone, with a `ServiceAPI` made by hand, and under a governor. Nothing sleeps for real.
 *
 *     node examples/16-testing.test.ts
 *
 * Node's own test runner prints four tests that pass. (`await using` needs Node 24; before it, call `shutdown()`.)
 */
import { Governor, type GovernorEvent, type ServiceAPI } from "effect-governor/promise"
import * as assert from "node:assert/strict"
import { test } from "node:test"

/** The service to be tested: each minute it hands on what is new. */
const relay = (fetchNew: (signal: AbortSignal) => Promise<string>, send: (news: string) => void) => {
  return async ({ ready, signal, sleep }: ServiceAPI) => {
    do {
      send(await fetchNew(signal))
      ready()
    } while (!(await sleep("1 minute")))
  }
}

const nothing = () => {}

/** What a run is given. It is to end when it first sleeps, unless the test says otherwise. */
const madeByHand = (parts: Partial<ServiceAPI> = {}): ServiceAPI => {
  const { signal } = new AbortController()
  const base = { name: "relay", run: 1, context: signal, signal, log: nothing, ready: nothing, heartbeat: nothing }
  return { ...base, sleep: async () => true, ...parts }
}

test("fetches and sends each minute until it is to end", async () => {
  const steps: Array<unknown> = []
  const api = madeByHand({
    ready: () => steps.push("ready"),
    sleep: async (duration) => {
      steps.push(duration)
      return steps.length === 6 // true: it is to end
    }
  })
  await relay(async () => "news", (news) => steps.push(news))(api)
  assert.deepEqual(steps, ["news", "ready", "1 minute", "news", "ready", "1 minute"])
})

test("fails when there is nothing to fetch", async () => {
  const run = relay(async () => Promise.reject(new Error("unavailable")), nothing)
  await assert.rejects(run(madeByHand()), { message: "unavailable" })
})

test("is run again after it failed", async () => {
  const events: Array<GovernorEvent["_tag"]> = []
  let calls = 0
  const flaky = async () => {
    if (++calls === 1) throw new Error("unavailable")
    return "news"
  }
  await using governor = new Governor({ log: nothing }).restart(0)
  governor.onEvent((event) => events.push(event._tag))
  governor.add("relay", relay(flaky, nothing), { readiness: "manual" })
  governor.start()
  await governor.whenReady() // the second run; it sleeps, and ends when this block does
  assert.deepEqual(events.filter((tag) => /Crashed|Ready/.test(tag)), ["ServiceCrashed", "ServiceReady"])
})

test("breaks its fetch off when it is to end, which is no failure", async () => {
  const end = new AbortController()
  const endless = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason))
      end.abort()
    })
  const governor = new Governor({ log: nothing, signal: end.signal })
  governor.add("relay", relay(endless, nothing))
  governor.start()
  const { ok, services } = await governor.waitForShutdown()
  assert.deepEqual(services.map(({ name, outcome }) => [name, outcome]), [["relay", "Stopped"]])
  assert.ok(ok)
})
