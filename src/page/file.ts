/**
 * Incidents as files: what is seen on the page can be looked at later, and elsewhere.
 */
import type { Recording } from "../operations/Recording.ts"
import { taken } from "./feed.ts"
import { linesOf } from "./streams.ts"

/** `governor-2026-11-29T18-57-48.ndjson`, with nothing in it that a file system does not take. */
export const fileNameOf = (governor: string, time: number): string => {
  const at = new Date(time).toISOString().slice(0, 19).replaceAll(":", "-")
  return `${governor.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60)}-${at}.ndjson`
}

/** The text of a file, in pieces. */
export const textOf = (recording: Recording): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let lines: Array<string> = []
  for (const entry of recording.entries()) {
    lines.push(JSON.stringify(entry))
    if (lines.length === 500) {
      pieces.push(`${lines.join("\n")}\n`)
      lines = []
    }
  }
  return [...pieces, lines.map((line) => `${line}\n`).join("")]
}

/** Throws if this is no incident. */
export const recordingOf = (text: string): Recording => {
  let recording: Recording | undefined
  for (const line of linesOf()(`${text}\n`)) {
    if (line.trim() !== "") recording = taken(recording, entryOf(line))
  }
  if (recording === undefined) throw new Error("the file is empty")
  return recording
}

const entryOf = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`this is no incident of a governor: ${JSON.stringify(line.slice(0, 40))} is not JSON`)
  }
}
