import fc from "fast-check"
import { stripVTControlCharacters } from "node:util"
import { expect, it } from "vitest"
import { makeLines } from "../../src/process/lines.ts"

/** The lines of these bytes, which come in these pieces. */
const linesOf = (bytes: Buffer, cuts: ReadonlyArray<number> = [], isPlain = true): ReadonlyArray<string> => {
  const lines = makeLines({ isPlain })
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  let from = 0
  const told = ends.flatMap((end) => {
    const piece = lines.push(bytes.subarray(from, end))
    from = end
    return piece
  })
  return [...told, ...lines.end()]
}

it.each<[what: string, text: string, lines: ReadonlyArray<string>]>([
  ["nothing", "", []],
  ["a line", "one\n", ["one"]],
  ["a line that does not end", "one\ntwo", ["one", "two"]],
  ["empty lines", "\n\none\n", ["", "", "one"]],
  ["lines of Windows", "one\r\ntwo\r\n", ["one", "two"]],
  ["colours", "\u001b[31mred\u001b[39m\n", ["red"]]
])("makes lines of %s", (_, text, lines) => {
  expect(linesOf(Buffer.from(text))).toEqual(lines)
})

it("keeps the escapes of a terminal if it shall", () => {
  expect(linesOf(Buffer.from("\u001b[31mred\n"), [], false)).toEqual(["\u001b[31mred"])
})

it("makes the same lines in whatever pieces the bytes come, and cuts no character", () => {
  const text = fc.array(
    fc.string({ unit: "grapheme" }).map((line) => stripVTControlCharacters(line).replaceAll(/\s/g, ""))
  )
  fc.assert(fc.property(text, fc.array(fc.nat()), (lines, cuts) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""))
    expect(linesOf(bytes, cuts)).toEqual(linesOf(bytes))
    expect(linesOf(bytes, cuts, false)).toEqual(lines)
  }))
})

it("cuts a line that is too long, says how much is missing, and parts no pair of code units", () => {
  const long = (text: string, count: number) => Buffer.from(`${text.repeat(count)}\nnext\n`)
  const [cut, next] = linesOf(long("x", 20_000), [5, 17_000, 18_000])
  expect([cut, next]).toEqual([`${"x".repeat(16_384)} … (3616 more characters)`, "next"])
  const [faces] = linesOf(Buffer.from(`x${"😀".repeat(10_000)}\n`))
  expect(faces).toBe(`x${"😀".repeat(8191)} … (3618 more characters)`)
})

it("needs no more memory for a line without an end", () => {
  const lines = makeLines({ isPlain: true })
  const chunk = Buffer.alloc(65_536, "x")
  for (let i = 0; i < 1000; i++) expect(lines.push(chunk)).toEqual([])
  expect(lines.end()).toEqual([`${"x".repeat(16_384)} … (${65_536_000 - 16_384} more characters)`])
})

it("keeps nothing of what follows a gap", () => {
  const text = `${"a".repeat(16_383)}😀bbbbbbbbbb\n`
  const cut = Buffer.from(`${"a".repeat(16_383)}😀`).length
  expect(linesOf(Buffer.from(text), [cut])).toEqual(linesOf(Buffer.from(text)))
})
