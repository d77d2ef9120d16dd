/** Incident files, as they are read. */
import { describe, expect, it } from "vitest"
import { reading } from "../../src/operations/reading.ts"
import type { Recording } from "../../src/operations/Recording.ts"

const head = { apiVersion: "governor/v1", governor: "shop", epoch: "a1", sequence: 4, now: 100 }
const status = { _tag: "Running", name: "api", run: 1, restarts: 0, crashes: 0, since: 1 }
const event = { _tag: "ServiceStopping", service: "api", run: 1, time: 50, sequence: 5, reason: "stop" }
const fileOf = (...entries: ReadonlyArray<unknown>): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join("")
const text = fileOf({ incident: head }, { status }, { event })

const readIn = (text: string) => {
  const { read, take } = reading()
  text.split("\n").forEach(take)
  return read()
}

const recordingIn = (text: string): Recording | undefined => {
  try {
    return readIn(text)?.recording
  } catch {
    return undefined
  }
}

const stateIn = (text: string) => recordingIn(text)?.view(0).services.get("api")?._tag

describe("an incident", () => {
  it("is read to its end", () => {
    expect(stateIn(text)).toBe("Stopping")
  })

  it("is read as far as it goes, if its last line is cut off", () => {
    for (let length = text.length - 2; length > text.length - 20; length--) {
      expect(stateIn(text.slice(0, length))).toBe("Running")
    }
  })

  it("may begin with a mark, and have empty lines and other line ends", () => {
    expect(readIn(`\ufeff\r\n\n${text.replaceAll("\n", "\r\n")}\r\n`)?.leftOut).toBe(0)
    expect(stateIn(`\ufeff${text.replaceAll("\n", "\r\n")}`)).toBe("Stopping")
  })

  it("says how many lines were left out", () => {
    expect(readIn(`${text}${text.slice(0, 20)}`)?.leftOut).toBe(1)
    expect(
      readIn(fileOf({ incident: head }, { weather: {} }, { status }, 1, { event: { ...event, _tag: "Later" } }))
        ?.leftOut
    )
      .toBe(3)
  })

  it("may have entries of a later version", () => {
    expect(stateIn(fileOf({ incident: head }, { weather: {} }, { status }, 1, null, "x", { event: 3 }, { event })))
      .toBe(
        "Stopping"
      )
  })

  it.each(["", "\n", "{", "[]", "null", fileOf({ status }), fileOf({ incident: {} }), fileOf({ incident: 1 })])(
    "is not %o",
    (text) => {
      expect(recordingIn(text)).toBeUndefined()
    }
  )
})
