/** A few rounds: `npm run faults` plays more of them. */
import { expect, it } from "vitest"
import { kinds, type Plan } from "./plan.ts"
import { planOf, play } from "./round.ts"

const seed = 1

it.concurrent.each(Array.from({ length: 30 }, (_, round) => ({ round, kind: planOf(seed, round).kind })))(
  "a process ends as promised: $kind, round $round",
  async ({ round }) => {
    expect(await play(planOf(seed, round))).toBe(undefined)
  }
)

const doors = ["promise", "effect"] as const

it.concurrent.each(doors.flatMap((door) => [{ door, catchUncaught: false }, { door, catchUncaught: true }]))(
  "a process leaves in order when nobody reads its log any more: %j",
  async ({ catchUncaught, door }) => {
    const drawn = planOf(seed, kinds.indexOf("closed outputs"))
    const plan: Plan = { ...drawn, door, settings: { ...drawn.settings, catchUncaught } }
    expect(await play(plan)).toBe(undefined)
  }
)
