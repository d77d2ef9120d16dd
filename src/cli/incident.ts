/**
 * A governor as it is now, and as it was: from the governor itself, or from a file.
 */
import { readFile } from "node:fs/promises"
import { inLine } from "../operations/inWords.ts"
import { type Entry, type Head, Recording } from "../operations/Recording.ts"
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
  const text = await read(address, "/incident", { patience, headers: { accept: "application/x-ndjson" } })
  const recording = recordingIn(text, keep)
  if (recording !== undefined) return { recording, offset: recording.head.now - Date.now() }
  throw new Failed(exitCodes.unreachable, `what answers at ${inWords(address)} is no governor: no incident came`)
}

export const incidentIn = async (file: string): Promise<Recording> => {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Failed(exitCodes.usage, `the file cannot be read: ${error instanceof Error ? inLine(error.message) : ""}`)
  })
  const recording = recordingIn(text)
  if (recording !== undefined) return recording
  throw new Failed(exitCodes.usage, `${inLine(file)} is no incident: expected a line {"incident":…} first`)
}

/** Undefined: the text is no incident. A last line that is cut off, and entries of a later version, are passed over. */
export const recordingIn = (text: string, keep?: number): Recording | undefined => {
  const lines = text.split("\n")
  const first = entryIn(lines[0]!)
  if (first === undefined || !("incident" in first) || !isHead(first.incident)) return undefined
  const recording = new Recording(first.incident, keep)
  for (const line of lines.slice(1)) {
    const entry = entryIn(line)
    if (entry !== undefined && !("incident" in entry)) recording.take(entry)
  }
  return recording
}

const kinds = ["incident", "status", "spec", "event", "line"]

const entryIn = (line: string): Entry | undefined => {
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== "object" || entry === null) return undefined
    return kinds.some((kind) => isObject(Reflect.get(entry, kind))) ? entry as Entry : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null

const isHead = ({ epoch, governor, now, sequence }: Head): boolean =>
  typeof governor === "string" && typeof epoch === "string" && typeof now === "number" && typeof sequence === "number"
