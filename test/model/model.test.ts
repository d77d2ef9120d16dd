/**
 * Thousands of random sequences of commands, done to a governor and to the model of one. The same ones each time, so that the
 * same code has the same result. `MODEL_SEED=2 MODEL_RUNS=100000 npm exec -c 'vitest run test/model'` draws others, and more.
 */
import fc from "fast-check"
import { assert, describe, it, vi } from "vitest"
import type { Sequence } from "./commands.ts"
import { compare, smallest } from "./compare.ts"
import { sequence } from "./sequences.ts"

// The budget of the loop is one of real time, which the loop takes where it is loaded: with it, no sequence would be repeatable.
vi.hoisted(() => {
  performance.now = () => Reflect.get(performance, "isUsedUp") === true ? Infinity : 0
})

const runs = Number(process.env["MODEL_RUNS"] ?? 5_000)
const seed = Number(process.env["MODEL_SEED"] ?? 1)

/** Every kind of event there is, but for the one that only a slow subscriber sees. */
const everyEvent = [
  "LateFailure",
  "RestartLimitExceeded",
  "RestartScheduled",
  "ServiceAbandoned",
  "ServiceAdded",
  "ServiceCompleted",
  "ServiceCrashed",
  "ServiceFailed",
  "ServiceInterrupted",
  "ServiceReady",
  "ServiceRemoved",
  "ServiceStandby",
  "ServiceStarting",
  "ServiceStopped",
  "ServiceStopping",
  "ServiceUnready",
  "ServiceWaiting",
  "ShutdownCompleted",
  "ShutdownStarted"
]

describe("the model and the governor", () => {
  it("agree after every command, and every kind of event is met", { timeout: 60_000 + 100 * runs }, async () => {
    const begun = Date.now()
    const met = new Set<string>()
    const property = fc.asyncProperty(sequence, async (sequence) => {
      for (const tag of await compare(sequence)) met.add(tag)
      await new Promise((resolve) => setImmediate(resolve)) // a turn for the rest of the process
    })
    const { counterexample, numRuns } = await fc.check(property, { seed, numRuns: runs })
    console.log(`MODEL_SEED=${seed}: ${numRuns} sequences in ${Date.now() - begun} ms`)
    if (counterexample !== null) assert.fail(await explained(counterexample[0]))
    assert.deepStrictEqual([...met].toSorted(), everyEvent)
  })
})

describe("the model and the governor, where they did not", () => {
  it("agree on a run that is given up before the stops of its shutdown begin: it is over, and not wanted any more", () =>
    compare({
      stopTimeout: 300,
      drainDelay: 450,
      commands: [
        {
          _tag: "add",
          service: "a",
          options: {
            restart: { _tag: "Always", delay: 300 },
            readiness: "manual",
            startTimeout: 300,
            closing: 1000,
            dependsOn: []
          }
        },
        { _tag: "startAll" },
        { _tag: "shutdown" },
        { _tag: "complete", service: "a" },
        { _tag: "advance", millis: 1000 },
        { _tag: "awaitReady" }
      ]
    }))

  it("agree on a run that was ready for long, completes, and is given up before it has settled: the policy starts over", () =>
    compare({
      restart: { _tag: "Always", delay: "doubling", resetAfter: 300 },
      stopTimeout: 300,
      commands: [
        { _tag: "add", service: "a", options: { restart: "inherited", closing: 1000, dependsOn: [] } },
        { _tag: "startAll" },
        { _tag: "crash", service: "a" },
        { _tag: "advance", millis: 5000 },
        { _tag: "complete", service: "a" },
        { _tag: "advance", millis: 1000 }
      ]
    }))
})

const explained = async (sequence: Sequence): Promise<string> => {
  const [left, thrown] = await smallest(sequence)
  return `MODEL_SEED=${seed}\n${String(thrown)}\n\nagain: await compare(${JSON.stringify(left)})`
}
