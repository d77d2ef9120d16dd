/**
 * Reads incidents: files that anybody may have written, and that may be cut off. Pure.
 */
import { entryIn } from "./entries.ts"
import { Recording } from "./Recording.ts"

/** What was read. */
export interface Read {
  readonly recording: Recording
  /** How many lines were left out: they are of a later version, or are not as they have to be. */
  readonly leftOut: number
}

export interface Reading {
  /** Takes the next line. Throws if the first one is not the head. */
  readonly take: (line: string) => void
  /** Undefined: nothing has come. */
  readonly read: () => Read | undefined
}

export const reading = (keep?: number): Reading => {
  let recording: Recording | undefined
  let leftOut = 0
  const take = (text: string): void => {
    // Some editors begin a file with a mark, and end its lines with two characters.
    const line = (recording === undefined ? text.replace(/^\ufeff/, "") : text).trim()
    if (line === "") return
    const entry = entryIn(line)
    if (recording === undefined || (entry !== undefined && "incident" in entry)) {
      if (entry === undefined || !("incident" in entry)) {
        throw new Error(`this is no incident of a governor: ${whyOf(line)}`)
      }
      recording = new Recording(entry.incident, keep)
    } else if (entry === undefined) leftOut++
    else recording.take(entry)
  }
  return { take, read: () => recording && { recording, leftOut } }
}

const whyOf = (line: string): string => {
  try {
    JSON.parse(line)
    return "its first line has to be the head, {\"incident\":…}"
  } catch {
    return `${JSON.stringify(line.slice(0, 40))} is not JSON`
  }
}
