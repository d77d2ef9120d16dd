/** What the services of the soak tell the books. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import { effectBody } from "./effectBody.ts"
import { randomFrom } from "./random.ts"
import { Scene } from "./Scene.ts"

it.live.each([false, true])(
  "one that nobody can interrupt ends by itself when its time is over, whatever its probe says; it fails: %j",
  (failsLate) =>
    Effect.gen(function*() {
      const problems: Array<string> = []
      const scene = new Scene(randomFrom(1), true, (problem) => problems.push(problem))
      const usual = scene.conduct()
      scene.conduct = () => ({
        ...usual,
        first: "goes on",
        asks: "nothing",
        asked: "ignores it",
        litter: "nothing",
        stop: "nothing",
        late: 20,
        failsLate
      })
      const governor = yield* Governor.make()
      const told: Array<string> = []
      governor.listen((event) => {
        scene.ledger.hear(event)
        told.push(event._tag)
      })
      const readiness = { every: 5, timeout: 50, failures: 1, successes: 1 }
      scene.ledger.offers("deaf", { readiness })
      const handle = yield* governor.add(
        Service.make("deaf", effectBody("deaf", scene, governor).run, {
          readiness: { ...readiness, check: Effect.succeed(false) },
          restart: RestartPolicy.never
        })
      )
      yield* handle.start
      yield* handle.awaitOver
      assert.include(told, failsLate ? "ServiceCrashed" : "ServiceCompleted")
      assert.deepStrictEqual(problems, [])
    })
)
