import { expect, it } from "vitest"
import { type Promised, wrongIn } from "./written.ts"

/** Lines in short: `"+store1 +worker1 .worker -worker1"`. */
const lines = (short: string): string =>
  short.split(" ").filter((word) => word !== "").map((word) => {
    const [, sign, service, number] = /^([+.~!-])([a-z]+)(\d*)$/.exec(word)!
    const what = { "+": "begin", ".": "work", "-": "end", "~": "pause", "!": "resume" }[sign!]
    return `${what} ${service} ${number === "" ? 7 : number}\n`
  }).join("")

const whole: Promised = { whole: true }

it.each<[string, Promised]>([
  ["", whole],
  ["+store1 -store1", whole],
  ["+database1 +store1 +worker1 .worker .worker -worker1 -store1 -database1", whole],
  ["+flaky1 -flaky1 +flaky2 -flaky2", whole],
  ["+store1 ~store1 !store1 +worker1 ~store1 -worker1 !store1 +worker2 -worker2 -store1", whole],
  ["+store1 ~store1 -store1 +store2 +worker1", { whole: false }],
  ["+store1 +worker1 .worker", { whole: false }],
  ["+store1 +hung1 -store1", { whole: true, open: ["hung"] }]
])("takes %s", (short, promised) => {
  expect(wrongIn(lines(short), promised)).toEqual([])
})

it.each<[string, Promised, ReadonlyArray<string>]>([
  ["+flaky1 +flaky2 -flaky2", whole, ["begin flaky 2: the run before it had not ended"]],
  ["+flaky1 -flaky1 +flaky3 -flaky3", whole, ["begin flaky 3: it follows run 1"]],
  ["+worker1 -worker1", whole, [`begin worker 1: "store" was not up`]],
  ["+store1 +worker1 -store1 -worker1", whole, [`end store 1: "worker" was still running`]],
  ["+store1 ~store1 +worker1", { whole: false }, [`begin worker 1: "store" was not ready`]],
  ["~store1", { whole: false }, ["pause store 1: it was not running"]],
  ["+store1 -store1 .store", whole, ["work store 7: it was not running"]],
  ["+store1", whole, [`"store" has not ended`]],
  ["-store1", { whole: false }, ["end store 1: it was not running"]],
  ["+database1 +store1 -database1", { whole: false }, [`end database 1: "store" was still running`]]
])("does not take %s", (short, promised, problems) => {
  expect(wrongIn(lines(short), promised)).toEqual(problems)
})

it("does not take half a line", () => {
  expect(wrongIn("begin store 1\nwork sto", { whole: false })).toEqual(["the last line is torn"])
})
