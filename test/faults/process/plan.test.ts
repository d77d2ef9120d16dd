import { describe, expect, it } from "vitest"
import { abilities, commands, deedOf, ends, faults, type Plan, planOf } from "./plan.ts"

const rounds = 200
const plansOf = (seed: number): ReadonlyArray<Plan> => Array.from({ length: rounds }, (_, round) => planOf(seed, round))
const faultsIn = (plans: ReadonlyArray<Plan>) =>
  plans.flatMap(({ services }) => services.flatMap(({ deeds }) => deeds.map(({ fault }) => fault)))

describe("the plan of a round", () => {
  it("is the same for the same seed, and another one for another seed or round", () => {
    expect(planOf(7, 3)).toEqual(planOf(7, 3))
    expect(new Set([planOf(7, 3), planOf(8, 3), planOf(7, 4)].map((plan) => JSON.stringify(plan))).size).toBe(3)
  })

  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    "of seed %d: each fault, each end with each fault of the first service, and each command by hand occurs",
    (seed) => {
      const plans = plansOf(seed)
      const first = (plan: Plan) => deedOf(plan.services[0]!, 1).fault._tag
      expect(new Set(plans.map((plan) => `${first(plan)} ${plan.end.how}`)).size).toBe(faults.length * ends.length)
      expect(new Set(plans.flatMap(({ steps }) => steps.map(({ command }) => command))).size).toBe(commands.length)
      const all = faultsIn(plans)
      for (const fault of all) expect(faults).toContain(fault._tag)
      for (const isDeaf of [true, false]) {
        expect(all).toContainEqual(expect.objectContaining({ _tag: "Leaves", isDeaf }))
      }
      for (const late of [true, false]) expect(plans.some(({ end }) => end.isLate === late)).toBe(true)
      expect(plans.some(({ services }) => services.some(({ bindsTo }) => bindsTo === "first"))).toBe(true)
      expect(plans.some(({ held }) => held.millis > 0)).toBe(true)
      expect(plans.some(({ shutdownTimeout }) => shutdownTimeout < 1000)).toBe(true)
    }
  )

  it.each(Object.entries(abilities))("gives %s only what it can do, and all of that", (host, tags) => {
    const services = [1, 2, 3].flatMap((seed) => plansOf(seed).flatMap(({ services }) => services))
    const own = services.filter((service) => service.host === host).flatMap(({ deeds }) => deeds)
    expect(new Set(own.map(({ fault }) => fault._tag))).toEqual(new Set(tags))
  })

  it("limits those that block or grow, and nobody whose load may be taken for that", () => {
    for (const { services } of plansOf(1)) {
      for (const { deeds, heartbeatTimeout, maxMemory } of services) {
        const tags = deeds.map(({ fault }) => fault._tag)
        expect(tags.includes("Blocks")).toBe(heartbeatTimeout !== undefined)
        if (heartbeatTimeout !== undefined) expect(tags).not.toContain("Floods")
        if (heartbeatTimeout !== undefined) expect(tags).not.toContain("Eats")
        expect(tags.includes("Grows")).toBe(maxMemory !== undefined)
        if (maxMemory !== undefined) expect(tags).not.toContain("Floods")
      }
    }
  })

  it("is to wait when there is nothing more to do", () => {
    expect(deedOf({ deeds: [] }, 1)).toEqual({ after: 0, fault: { _tag: "Waits" } })
  })
})
