import { expect, it } from "vitest"
import { nextStreak, type Streak, verdictOf } from "../../src/internal/lifecycle/verdict.ts"

/** Results, `+` or `-`, and the verdict after each: `P`asses, `F`ails, or `.` for neither. */
it.each([
  ["+++", "PPP", { failures: 3, successes: 1 }],
  ["++-+--+---+", ".P.......F.", { failures: 3, successes: 2 }],
  ["----", "..FF", { failures: 3, successes: 1 }],
  ["--+--", "..P..", { failures: 3, successes: 1 }],
  ["-+-+", "FPFP", { failures: 1, successes: 1 }],
  ["+-+-++", ".....P", { failures: 2, successes: 2 }]
])("%s is %s", (results, verdicts, limits) => {
  let streak: Streak = 0
  const said = Array.from(results, (result) => {
    streak = nextStreak(streak, result === "+")
    return { Passes: "P", Fails: "F", Open: "." }[verdictOf(streak, limits)]
  })
  expect(said.join("")).toBe(verdicts)
})
