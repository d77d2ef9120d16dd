/** Governors inside of one another, 400 deep: their shutdown must not recurse. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import type * as Scope from "effect/Scope"
import { Governor, Service } from "../src/index.ts"
import { Governor as Facade, type ServiceInput } from "../src/promise/index.ts"
import { aborted } from "./aborted.ts"

const depth = 400

/** `inside/inside/…/inside` */
const path = (levels: number): string => Array.from({ length: levels }, () => "inside").join("/")

/** The report of the outermost governor has the service of each level, by its path. */
const paths = Array.from({ length: depth + 1 }, (_, i) => path(i + 1))

interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly name: string; readonly outcome: string }>
}

const check = (report: Report): void => {
  assert.isTrue(report.ok)
  assert.deepStrictEqual(report.services.map(({ name }) => name).toSorted(), paths.toSorted())
  assert.deepStrictEqual([...new Set(report.services.map(({ outcome }) => outcome))], ["Stopped"])
}

describe(`a chain of ${depth} governors`, () => {
  it.effect("starts and shuts down by the core", () =>
    Effect.gen(function*() {
      const stopped: Array<string> = []
      const bottom = Effect.onInterrupt(Effect.never, () => Effect.sync(() => stopped.push("bottom")))
      let service: Service.Service<unknown, Scope.Scope> = Service.make("inside", bottom)
      for (let i = 0; i < depth; i++) service = Governor.asService("inside", Governor.service(service))
      const governor = yield* Governor.make()
      yield* governor.add(service)
      yield* Effect.andThen(governor.start, governor.awaitReady)
      check(yield* governor.shutdown)
      assert.deepStrictEqual(stopped, ["bottom"])
    }).pipe(Effect.scoped, Effect.provideService(MinimumLogLevel, "None")))

  it("starts and shuts down by the facade", async () => {
    const nested = (service: ServiceInput) => Facade.asService((governor) => governor.add("inside", service))
    let service: ServiceInput = aborted
    for (let i = 0; i < depth; i++) service = nested(service)
    const governor = new Facade({ log: () => {} })
    governor.add("inside", service)
    governor.start()
    await governor.whenReady()
    check(await governor.shutdown())
  })
})
