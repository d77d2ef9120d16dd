/**
 * Child processes that are signalled and killed at random moments: whether they end as promised, and have written what they
 * should have. Exit code 1 if not, with the seed and all that such a child printed.
 *
 *   npm run faults -- [--rounds 200] [--seed 1]
 */
import { parseArgs } from "node:util"
import { planOf, play } from "./round.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) }
  }
})
const [rounds, seed] = [Number(values.rounds), Number(values.seed)]

/** How many children there are at a time. */
const abreast = 3

console.log(`seed ${seed}, ${rounds} rounds, node ${process.version}`)
const counts: Record<string, number> = {}
let next = 0
let failed = 0
await Promise.all(Array.from({ length: abreast }, async () => {
  while (next < rounds) {
    const round = next++
    const plan = planOf(seed, round)
    counts[plan.kind] = (counts[plan.kind] ?? 0) + 1
    const wrong = await play(plan)
    if (wrong === undefined) continue
    failed++
    console.error(`round ${round} of seed ${seed}, ${plan.kind}:\n${wrong}\n`)
  }
}))
console.log(counts)
console.log(failed === 0 ? "all ended as promised" : `${failed} did not end as promised, seed ${seed}`)
process.exitCode = failed === 0 ? 0 : 1
