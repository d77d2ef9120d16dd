import { describe, expect, it } from "vitest"
import { bytesInWords, endInWords, processInWords } from "../../src/internal/input/processInWords.ts"
import { afterCheck, type Checked, checkMemory, unchecked } from "../../src/process/Memory.ts"

const known = (told: number, over = 0): Checked => ({ told, over })

describe("a check", () => {
  it.each<
    [what: string, before: Checked, bytes: number, max: number | undefined, after: Checked, tells: boolean, no: boolean]
  >([
    ["the first is told", unchecked, 100, undefined, known(100), true, false],
    ["as much as before is not told", known(100), 100, undefined, known(100), false, false],
    ["less than a tenth more is not told", known(100), 109, undefined, known(100), false, false],
    ["a tenth more is told", known(100), 110, undefined, known(110), true, false],
    ["a tenth less is told", known(100), 90, undefined, known(90), true, false],
    ["as much as the limit is allowed", known(100, 2), 100, 100, known(100), false, false],
    ["more than the limit, once", known(100), 101, 100, known(100, 1), false, false],
    ["more than the limit, twice", known(100, 1), 101, 100, known(100, 2), false, false],
    [
      "more than the limit, three times in a row, is too much and is told",
      known(100, 2),
      101,
      100,
      known(101, 3),
      true,
      true
    ],
    ["one check below the limit begins a new row", known(100, 2), 99, 100, known(100), false, false],
    ["without a limit nothing is too much", known(100, 2), 1e12, undefined, known(1e12), true, false],
    ["nothing at first, and then something, is told", known(0), 1, undefined, known(1), true, false]
  ])("%s", (_, before, bytes, max, after, tells, isTooMuch) => {
    expect(afterCheck(before, bytes, max)).toEqual({ ...after, tells, isTooMuch })
  })
})

describe("an amount", () => {
  it.each([
    [undefined, undefined],
    [1, 1],
    [1.5e9, 1.5e9],
    ["1 KiB", 1024],
    ["1.5 MiB", 1572864],
    ["2 GiB", 2 * 1024 ** 3]
  ])("%j is %s bytes", (input, bytes) => {
    expect(checkMemory(input, undefined)).toBe(bytes)
  })

  it.each([0, -1, NaN, Infinity, "", "512", "512MB", "512 MB", "-1 MiB", "0 MiB", " 1 MiB", "1e3 MiB", null, {}, 5n])(
    "%s is refused",
    (input) => {
      expect(() => checkMemory(input, "redis")).toThrow(
        "maxMemory of service \"redis\": expected a number of bytes above 0, or a text such as \"512 MiB\""
      )
    }
  )
})

describe("in words", () => {
  it.each([
    [0, "0 MiB"],
    [1024, "0.000977 MiB"],
    [5_117_051, "4.88 MiB"],
    [512 * 1024 ** 2, "512 MiB"],
    [1.25 * 1024 ** 3, "1280 MiB"]
  ])("%s bytes are %s", (bytes, words) => {
    expect(bytesInWords(bytes)).toBe(words)
  })

  it.each(
    [
      [{ pid: 7 }, "process 7"],
      [{ thread: 3 }, "thread 3"],
      [{ pid: 7, memory: 2 ** 21 }, "process 7, 2 MiB"],
      [{ pid: 7, code: 0 }, "process 7, ended with code 0"],
      [{ pid: 7, memory: 2 ** 21, signal: "SIGKILL" }, "process 7, 2 MiB, ended by SIGKILL"],
      [{ thread: 3, code: 1 }, "thread 3, ended with code 1"]
    ]
  )("%j: %s", (process, words) => {
    expect(processInWords(process)).toBe(words)
  })

  it("nobody knows how it ended", () => {
    expect(endInWords({ code: null, signal: null })).toBe("with code unknown")
  })
})
