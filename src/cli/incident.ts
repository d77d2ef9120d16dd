/**
 * A governor as it is now, and as it was: from the governor itself, or from a file.
 */
import { createReadStream } from "node:fs"
import { inLine } from "../operations/inWords.ts"
import { type Read, reading } from "../operations/reading.ts"
import type { Recording } from "../operations/Recording.ts"
import { type Address, inWords, read } from "./client.ts"
import { exitCodes, Failed } from "./exitCodes.ts"

/** A recording, and the clock of its governor. */
export interface Incident {
  readonly recording: Recording
  /** What the clock of the governor is ahead of ours, in milliseconds. */
  readonly offset: number
}

/** How long a governor with many services may take, in milliseconds. */
const patience = 20_000

/** How many events are kept while a governor is followed. */
const keep = 2000

export const incidentAt = async (address: Address): Promise<Incident> => {
  const recording = recordingFrom(address, await answerOf(address))
  return { recording, offset: recording.head.now - Date.now() }
}

/** The lines as the governor answers them. */
export const incidentText = async (address: Address): Promise<string> => {
  const text = await answerOf(address)
  recordingFrom(address, text)
  return text
}

const answerOf = (address: Address): Promise<string> =>
  read(address, "/incident", { patience, headers: { accept: "application/x-ndjson" } })

const recordingFrom = (address: Address, text: string): Recording => {
  const recording = recordingIn(text, keep)
  if (recording !== undefined) return recording
  throw new Failed(exitCodes.unreachable, `what answers at ${inWords(address)} is no governor: no incident came`)
}

/** Undefined: the text is no incident. */
const recordingIn = (text: string, keep: number): Recording | undefined => {
  const { read, take } = reading(keep)
  try {
    text.split("\n").forEach(take)
    return read()?.recording
  } catch {
    return undefined
  }
}

/** A last line that is cut off, and entries of a later version, are left out. */
export const incidentIn = async (file: string): Promise<Read> => {
  const { read, take } = reading()
  let rest = ""
  try {
    for await (const piece of createReadStream(file, "utf8") as AsyncIterable<string>) {
      const lines = (rest + piece).split("\n")
      rest = lines.pop()!
      lines.forEach(take)
    }
    take(rest)
  } catch (error) {
    const why = error instanceof Error ? inLine(error.message) : ""
    throw new Failed(exitCodes.usage, `${inLine(file)} cannot be read: ${why}`)
  }
  const all = read()
  if (all === undefined) throw new Failed(exitCodes.usage, `${inLine(file)} is no incident: the file is empty`)
  return all
}
