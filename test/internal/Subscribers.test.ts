import { expect, it } from "vitest"
import { Subscribers } from "../../src/internal/telling/Subscribers.ts"

const subscribers = () => {
  const heard: Array<string> = []
  const all = new Subscribers<string>()
  const add = (name: string, then: (value: string) => void = () => {}) =>
    all.add((value) => {
      heard.push(`${name}: ${value}`)
      then(value)
    })
  return { all, add, heard }
}

it("are told in the order in which they subscribed, and no more once they left", () => {
  const { add, all, heard } = subscribers()
  const leave = add("a")
  add("b")
  all.tell("one")
  leave()
  leave()
  all.tell("two")
  expect(heard).toEqual(["a: one", "b: one", "b: two"])
  expect(all.size).toBe(1)
})

it("hear the next value first if they subscribe while one is told", () => {
  const { add, all, heard } = subscribers()
  add("a", (value) => {
    if (value === "one") add("new")
  })
  add("b")
  all.tell("one")
  all.tell("two")
  expect(heard).toEqual(["a: one", "b: one", "a: two", "b: two", "new: two"])
})

it("may subscribe again each time they are told", () => {
  const { add, all, heard } = subscribers()
  const again = (): unknown => heard.length > 9 || add("again", again) // the limit is for a loop that has no end
  again()
  all.tell("one")
  expect(heard).toEqual(["again: one"])
  all.tell("two")
  expect(heard).toHaveLength(3)
})

it("do not hear a value if they leave before their turn", () => {
  const { add, all, heard } = subscribers()
  add("a", () => leave())
  const leave = add("b")
  add("c")
  all.tell("one")
  expect(heard).toEqual(["a: one", "c: one"])
})

it("may leave and come again while a value is told", () => {
  const { add, all, heard } = subscribers()
  let leave = add("a", () => {
    leave()
    leave = add("again")
  })
  all.tell("one")
  all.tell("two")
  expect(heard).toEqual(["a: one", "again: two"])
})

it("hear a value that is told while another one is told, if they came before it", () => {
  const { add, all, heard } = subscribers()
  add("a", (value) => {
    if (value !== "outer") return
    add("new")
    all.tell("inner")
  })
  all.tell("outer")
  expect(heard).toEqual(["a: outer", "a: inner", "new: inner"])
})
