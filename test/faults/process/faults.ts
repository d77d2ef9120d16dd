/**
 * Rounds of random faults of commands, threads and processes of Node, and of their governor: whether all promises are kept. Exit
 * code 1 if not, with the seed and all that is known of such a round.
 *
 *   npm run faults:process -- [--rounds 200] [--seed 1] [--first 0]
 */
import { parseArgs } from "node:util"
import { planOf } from "./plan.ts"
import { isEnd } from "./report.ts"
import { play, type Played } from "./round.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    first: { type: "string", default: "0" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) }
  }
})
const [rounds, seed, first] = [Number(values.rounds), Number(values.seed), Number(values.first)]

/** How many rounds there are at a time. */
const abreast = 2

console.log(`seed ${seed}, ${rounds} rounds, node ${process.version}`)
const counts: Record<string, number> = {}
const count = (what: string) => void (counts[what] = (counts[what] ?? 0) + 1)
const tally = ({ rows }: Played) => {
  for (const row of rows) {
    if (row._tag === "Does") count(`did ${row.fault}`)
    if (row._tag === "Deaf") count("did Deaf")
    if (row._tag === "Told" && isEnd(row.event)) {
      count(row.cause === undefined ? row.event : `${row.event}: ${row.cause}`)
    }
  }
}

let next = first
let failed = 0
let slowest = 0
await Promise.all(Array.from({ length: abreast }, async () => {
  while (next < first + rounds) {
    const round = next++
    const plan = planOf(seed, round)
    count(`ended by ${plan.end.how}`)
    const played = await play(plan)
    tally(played)
    slowest = Math.max(slowest, played.goneAfter)
    if (played.wrong === undefined) continue
    failed++
    console.error(`round ${round} of seed ${seed}:\n${played.wrong}\n`)
  }
}))
console.log(counts)
console.log(`all was gone ${slowest} ms after the end of its governor`)
console.log(failed === 0 ? "all promises were kept" : `promises were broken in ${failed} rounds, seed ${seed}`)
process.exitCode = failed === 0 ? 0 : 1
