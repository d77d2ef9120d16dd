import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Queue } from "../../src/internal/lifecycle/Queue.ts"

const taken = (queue: Queue<number>, count: number) => Array.from({ length: count }, () => queue.take())
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe("a queue", () => {
  it("gives back what was put in order, however much there is and whenever it is taken", () => {
    const steps = fc.array(fc.record({ put: fc.nat(3000), take: fc.nat(3000) }), { maxLength: 8 })
    fc.assert(fc.property(steps, (steps) => {
      const queue = new Queue<number>()
      let [put, out] = [0, 0]
      for (const step of steps) {
        for (let i = 0; i < step.put; i++) queue.put(put++)
        const count = Math.min(step.take, put - out)
        expect(taken(queue, count)).toEqual(numbers(out, out + count))
        out += count
        expect(queue.isEmpty).toBe(put === out)
      }
    }))
  })

  it("has nothing to give once it is empty", () => {
    const queue = new Queue<number>()
    queue.put(1)
    expect([queue.take(), queue.take(), queue.isEmpty]).toEqual([1, undefined, true])
  })

  it("leaves out what was removed, and what was taken already", () => {
    const queue = new Queue<number>()
    for (const n of numbers(0, 10)) queue.put(n)
    queue.take()
    queue.remove((n) => n % 2 === 0)
    expect(taken(queue, 6)).toEqual([1, 3, 5, 7, 9, undefined])
  })
})
