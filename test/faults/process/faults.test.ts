/** A few rounds: `npm run faults:process` plays more of them. */
import { expect, it } from "vitest"
import { faults, planOf } from "./plan.ts"
import { play } from "./round.ts"

const seed = 1

it.concurrent.each(faults.map((fault, round) => ({ fault, round, how: planOf(seed, round).end.how })))(
  "a governor of processes and threads keeps its promises: $fault, then $how, round $round",
  async ({ round }) => {
    expect((await play(planOf(seed, round))).wrong).toBe(undefined)
  }
)
