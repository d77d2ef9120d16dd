import { expect, it } from "vitest"
import { leftBehind, type Remains } from "./remains.ts"

const before: Remains = { heap: 10e6, resources: { Pipe: 2 }, listeners: { "on exit": 1 }, objects: { Machine: 3 } }

it.each<[string, Partial<Remains>, ReadonlyArray<string>]>([
  ["nothing is left", {}, []],
  ["there is less than before", { heap: 9e6, resources: {}, listeners: {} }, []],
  ["the heap has grown by a tenth", { heap: 11e6 }, []],
  ["the heap has grown by more", { heap: 11.01e6 }, ["11.01 MB of heap, before: 10.00 MB"]],
  ["something new holds the process", { resources: { Pipe: 2, Timeout: 1 } }, [
    "of what holds the process: 1 Timeout, before: 0"
  ]],
  ["there is one more listener", { listeners: { "on exit": 2 } }, ["listeners: 2 on exit, before: 1"]],
  ["an object of ours is kept", { objects: { Machine: 3 } }, ["objects: 3 Machine, before: 0"]]
])("says what was left when %s", (_, after, problems) => {
  expect(leftBehind(before, { ...before, objects: { Machine: 0 }, ...after })).toEqual(problems)
})
