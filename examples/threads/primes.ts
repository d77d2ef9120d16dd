/** The work of the thread of 32-thread.ts. */
import { serve } from "effect-governor/worker"

const isPrime = (n: number): boolean => {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}

serve(async ({ log, run, sleep }, { limit }: { readonly limit: number }) => {
  let count = 0
  for (let n = 2; n <= limit; n++) if (isPrime(n)) count++
  log("%d primes up to %d", count, limit)
  if (run === 1) {
    log("is blocked from here on")
    while (true);
  }
  await sleep("Infinity")
})
