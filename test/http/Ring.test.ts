import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Ring } from "../../src/http/Ring.ts"

it("keeps the latest, finds them by their numbers, and makes more room without losing one", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.oneof(fc.constant("put" as const), fc.integer({ min: 1, max: 12 })), { maxLength: 60 }),
    (size, steps) => {
      const ring = new Ring<number>(size)
      let kept: Array<number> = []
      let room = size
      let count = 0
      for (const step of steps) {
        if (step === "put") {
          const gone = kept.length === room ? kept[0] : undefined
          expect(ring.put(++count)).toBe(gone)
          kept = [...kept, count].slice(-room)
        } else {
          room = Math.max(room, step)
          ring.grow(step)
        }
        expect(ring.since(0)).toEqual(kept)
        expect([ring.oldest, ring.latest]).toEqual([kept[0], kept.at(-1)])
        expect([ring.count, ring.first]).toEqual([count, kept[0] ?? 1])
        for (const number of [0, count - 2, count]) {
          expect(ring.since(number)).toEqual(kept.filter((one) => one > number))
          expect(ring.lastWhere((one) => one <= number)).toBe(Math.max(Math.min(number, count), (kept[0] ?? 1) - 1))
        }
      }
    }
  ))
})
