/** The work of the thread of 33-thread-effect.ts. */
import { ServiceRun } from "effect-governor"
import { serve } from "effect-governor/worker"
import * as Effect from "effect/Effect"

const isPrime = (n: number): boolean => {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}

const count = (limit: number): number => {
  let count = 0
  for (let n = 2; n <= limit; n++) if (isPrime(n)) count++
  return count
}

/** A real service would open a file or a connection. */
const notes = Effect.acquireRelease(Effect.logInfo("opens its notes"), () => Effect.logInfo("closes its notes"))

const block = Effect.andThen(
  Effect.logWarning("is blocked from here on"),
  Effect.sync(() => {
    while (true);
  })
)

serve((_, { limit }: { readonly limit: number }) =>
  Effect.gen(function*() {
    const { run } = yield* ServiceRun
    yield* notes
    yield* Effect.logInfo(`${count(limit)} primes up to ${limit}`)
    yield* ServiceRun.ready
    return yield* run === 1 ? block : Effect.never
  })
)
