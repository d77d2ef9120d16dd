/**
 * Rounds of random faults on three real nodes and their database: whether the cluster keeps its promises. Exit code 1 if not.
 *
 *   npm run faults:cluster -- [--rounds 200] [--seed 1] [--first 0]
 */
import { parseArgs } from "node:util"
import { playRounds } from "./rounds.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    first: { type: "string", default: "0" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) }
  }
})
const [rounds, seed, first] = [Number(values.rounds), Number(values.seed), Number(values.first)]

console.log(`seed ${seed}, ${rounds} rounds, node ${process.version}`)
const { wrong, ...figures } = await playRounds({ first, rounds, seed, lease: 5000, log: console.log })
console.log(figures)
console.log(wrong.length === 0 ? "all promises were kept" : `seed ${seed}:\n${wrong.join("\n")}`)
process.exitCode = wrong.length === 0 ? 0 : 1
