import { expect, test } from "vitest"
import { type Entry, Recording } from "../../src/operations/Recording.ts"
import { fileNameOf, recordingOf, textOf } from "../../src/page/file.ts"
import { crash, madeView, running } from "../operations/made.ts"

const head = { apiVersion: "governor/v1", governor: "g", epoch: "e", sequence: 1, now: 5 } as const

const filled = (services: number): Recording => {
  const names = Array.from({ length: services }, (_, i) => [`s${i}`, { status: running }])
  const view = madeView(Object.fromEntries(names))
  const recording = new Recording(head)
  for (const status of view.services.values()) recording.take({ status })
  for (const spec of view.specs.values()) recording.take({ spec })
  recording.take({ event: crash("s0", 7) })
  recording.take({ line: { id: 1, level: "info", message: "a\nb", time: 3 } })
  return recording
}

test.each([0, 1, 249, 250, 1200])("a file with %i services is read as what was written", (services) => {
  const recording = filled(services)
  const read = recordingOf(textOf(recording).join(""))
  expect(Array.from(read.entries())).toEqual(
    Array.from(recording.entries(), (entry) => JSON.parse(JSON.stringify(entry)) as Entry)
  )
})

test.each([
  ["", /empty/],
  ["\n\n", /empty/],
  ["{\"status\":{}}", /first line has to be the head/],
  ["hello", /no incident.*"hello" is not JSON/],
  ["{}", /no incident/],
  ["[]\n", /no incident/],
  ["7", /no incident/],
  ["{\"incident\":{\"governor\":1}}", /no incident/]
])("of %j it is said why it is no incident", (text, why) => {
  expect(() => recordingOf(text)).toThrow(why)
})

test("the name of a file is one that every system takes", () => {
  expect(fileNameOf("my/shop: ü", Date.UTC(2026, 10, 29, 18, 57, 48))).toBe("my-shop-ü-2026-11-29T18-57-48.ndjson")
})
