import { expect, test } from "vitest"
import { eventsOf, linesOf } from "../../src/operations/streams.ts"

/** What comes of a text that is cut into pieces of this length. */
const inPieces = <A>(text: string, length: number, take: (piece: string) => ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, i) => text.slice(i * length, (i + 1) * length)).flatMap(
    take
  )

test("lines are the same, however the text is cut", () => {
  for (const length of [1, 2, 3, 100]) {
    expect(inPieces("a\r\nbc\n\ndef\nrest", length, linesOf())).toEqual(["a", "bc", "", "def"])
  }
})

const stream = [
  "retry: 1000\n\n",
  ":\n\n",
  "id: e-1\nevent: ServiceReady\ndata: {\"a\":1}\n\n",
  "id: e-2\nevent: reset\ndata: one\ndata: two\n\n",
  "data:none\n\n",
  "event: unfinished\ndata: x\n"
].join("")

test("events are the same, however the stream is cut; comments and what is not complete are left out", () => {
  for (const length of [1, 2, 5, 1000]) {
    expect(inPieces(stream, length, eventsOf())).toEqual([
      { id: "e-1", type: "ServiceReady", data: "{\"a\":1}" },
      { id: "e-2", type: "reset", data: "one\ntwo" },
      { id: "e-2", type: "message", data: "none" }
    ])
  }
})

test("only the ends of lines end a line: JSON may have the other separators of Unicode as they are", () => {
  const data = JSON.stringify({ message: "a\u2028b\u2029c\u0085d" })
  expect(eventsOf()(`data: ${data}\n\n`)).toEqual([{ id: "", type: "message", data }])
  expect(linesOf()(`${data}\n`)).toEqual([data])
})
