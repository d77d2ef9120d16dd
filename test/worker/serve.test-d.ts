/** What the file of a thread may serve. */
// @effect-diagnostics missingEffectContext:off
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import { serve, type ServiceAPI } from "../../src/worker/index.ts"

declare const scoped: Effect.Effect<number, Error, Scope.Scope>
declare const needy: Effect.Effect<void, never, { readonly _: "Database" } | Scope.Scope>
declare const isOdd: boolean

describe("serve", () => {
  it("takes functions of any result, whose data they name", () => {
    serve(() => {})
    serve(async ({ sleep }) => {
      await sleep(1)
    })
    serve((api, data: { readonly quality: number }) => {
      expectTypeOf(api).toEqualTypeOf<ServiceAPI>()
      return data.quality
    })
    serve((): unknown => 1)
    serve(() => {
      throw new Error("no")
    })
  })

  it("takes effects that need no more than a scope", () => {
    serve(Effect.void)
    serve(scoped)
    serve(() => scoped)
    serve(async () => scoped)
    serve((_, isOdd: boolean) => isOdd ? scoped : Effect.never)
    serve(() => isOdd ? scoped : undefined)
  })

  it("refuses all others", () => {
    // @ts-expect-error
    serve(needy)
    // @ts-expect-error
    serve(() => needy)
    // @ts-expect-error
    serve(async () => needy)
    // @ts-expect-error
    serve(() => isOdd ? needy : undefined)
    // @ts-expect-error
    serve((_, isOdd: boolean) => isOdd ? scoped : needy)
    // @ts-expect-error
    serve("work")
  })
})
