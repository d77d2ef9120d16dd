/**
 * Incidents as files: what is seen on the page can be looked at later, and elsewhere.
 */
import { type Read, reading } from "../operations/reading.ts"
import type { Recording } from "../operations/Recording.ts"
import { linesOf } from "../operations/streams.ts"

/** `governor-2026-11-29T18-57-48.ndjson`, with nothing in it that a file system does not take. */
export const fileNameOf = (governor: string, time: number): string => {
  const at = new Date(time).toISOString().slice(0, 19).replaceAll(":", "-")
  return `${governor.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60)}-${at}.ndjson`
}

/** The text of a file that is written at this time, in pieces. */
export const textOf = (recording: Recording, now: number): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let lines: Array<string> = []
  for (const entry of recording.entries(now)) {
    lines.push(JSON.stringify(entry))
    if (lines.length === 500) {
      pieces.push(`${lines.join("\n")}\n`)
      lines = []
    }
  }
  return [...pieces, lines.map((line) => `${line}\n`).join("")]
}

/** For how long the page may do nothing else, in milliseconds. */
const stretch = 20

/** Throws if this is no incident. A large file comes in many pieces, and the page goes on between them. */
export const readIn = async (pieces: ReadableStream<string>): Promise<Read> => {
  const { read, take } = reading()
  const lines = linesOf()
  const reader = pieces.getReader()
  let began = Date.now()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    lines(next.value).forEach(take)
    if (Math.abs(Date.now() - began) < stretch) continue
    await new Promise<void>((resolve) => void setTimeout(resolve))
    began = Date.now()
  }
  lines("\n").forEach(take)
  const all = read()
  if (all === undefined) throw new Error("the file is empty")
  return all
}

export const leftOutInWords = (lines: number): string =>
  `${lines} ${lines === 1 ? "line" : "lines"} of the file could not be read: of a later version, cut off, or changed.`
