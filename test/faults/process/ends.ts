/** How a run may end, by what it did to itself and by what it was asked for. Pure. */
import type { Deed, Fault, Host } from "./plan.ts"

/** What is known of a run that has ended. All times are in milliseconds. */
export interface Story {
  readonly host: Host
  readonly deed: Deed
  /** Its time to stop was so short that it may be killed though it would end. */
  readonly isShort: boolean
  /** It did its fault, at the latest when it ended. */
  readonly did: boolean
  /** Since when it heeds nothing, or somebody in its group does not. */
  readonly deafSince: number | undefined
  /** When it was asked to end, if it was. */
  readonly askedAt: number | undefined
}

/** How the run of this story may have ended, in words as `endInWords` has them. None: nothing has ended it. */
export const mayEnd = (story: Story): ReadonlyArray<string> => {
  const { askedAt, deafSince, deed: { fault }, did, host, isShort } = story
  const cause = causeOf(host, fault)
  if (askedAt === undefined) return did ? byItself(host, fault) : []
  if (deafSince !== undefined && deafSince < askedAt) return ["Interrupted: RunKilled"]
  return [
    "Interrupted",
    ...(did && cause !== undefined ? [`Interrupted: ${cause}`] : []),
    ...(isShort || deafSince !== undefined ? ["Interrupted: RunKilled"] : [])
  ]
}

const byItself = (host: Host, fault: Fault): ReadonlyArray<string> => {
  const cause = causeOf(host, fault)
  if (cause !== undefined) return [`Crashed: ${cause}`]
  return fault._tag === "Waits" || fault._tag === "Deaf" ? [] : ["Completed"]
}

/** What the fault is told as; undefined if it is none. */
const causeOf = (host: Host, fault: Fault): string | undefined => {
  switch (fault._tag) {
    case "Waits":
    case "Deaf":
    case "Completes":
      return undefined
    case "Exits":
      return `code ${fault.code}`
    case "Floods":
    case "Leaves":
    case "Closes":
      return fault.code === 0 ? undefined : `code ${fault.code}`
    case "Killed":
      return fault.signal
    case "Throws":
      return "Odd"
    case "Aborts":
      return "SIGABRT"
    case "Blocks":
      return "RunTimedOut heartbeatTimeout"
    case "Grows":
      return "MemoryExceeded"
    case "Eats":
      return host === "thread" ? "ERR_WORKER_OUT_OF_MEMORY" : "SIGABRT"
  }
}

/** `"Completed"`, `"Crashed: code 3"`, `"Interrupted"`. */
export const endInWords = (event: string, cause: string | undefined): string =>
  cause === undefined ? event : `${event}: ${cause}`

/** A word for what a run failed with. */
export const wordOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return String(error)
  const { code, name, signal, timeout } = error as Readonly<Record<string, unknown>>
  if (name === "ProcessFailed") return typeof signal === "string" ? signal : `code ${String(code)}`
  if (name === "RunTimedOut") return `RunTimedOut ${String(timeout)}`
  return typeof code === "string" ? code : String(name)
}
