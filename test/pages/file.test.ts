import { expect, test } from "vitest"
import { type Entry, Recording } from "../../src/operations/Recording.ts"
import { fileNameOf, readIn, textOf } from "../../src/page/file.ts"
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

/** A file that comes in pieces of this length. */
const piecesOf = (text: string, length = 1000): ReadableStream<string> => {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      if (at >= text.length) return controller.close()
      controller.enqueue(text.slice(at, at += length))
    }
  })
}

test.each([0, 1, 249, 250, 1200])("a file with %i services is read as what was written", async (services) => {
  const recording = filled(services)
  const read = await readIn(piecesOf(textOf(recording, 77_000).join("")))
  expect([read.leftOut, read.recording.head.now]).toEqual([0, 77_000])
  expect(Array.from(read.recording.entries())).toEqual(
    Array.from(recording.entries(77_000), (entry) => JSON.parse(JSON.stringify(entry)) as Entry)
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
])("of %j it is said why it is no incident", async (text, why) => {
  await expect(readIn(piecesOf(text))).rejects.toThrow(why)
})

test("a large file lets others have their turn", async () => {
  const event = (sequence: number) => ({ event: { ...crash("s0", 7), sequence } })
  const lines = Array.from({ length: 50_000 }, (_, i) => `${JSON.stringify(event(i + 2))}\n`)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const { recording } = await readIn(piecesOf(`${JSON.stringify({ incident: head })}\n${lines.join("")}`, 64_000))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
  expect(recording.latest).toBe(50_001)
})

test("the name of a file is one that every system takes", () => {
  expect(fileNameOf("my/shop: ü", Date.UTC(2026, 10, 29, 18, 57, 48))).toBe("my-shop-ü-2026-11-29T18-57-48.ndjson")
})
