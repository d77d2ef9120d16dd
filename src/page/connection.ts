/**
 * Whether what the page shows is how the governor is now. Pure.
 */

/** All times are those of the clock of the browser. */
export type Connection =
  /** The governor has not been heard of yet. */
  | { readonly _tag: "Connecting"; readonly since: number; readonly problem?: string }
  /** The stream is open. `heardAt` is when something came last, be it only a sign of life. */
  | { readonly _tag: "Open"; readonly heardAt: number }
  /** The stream is gone. What is shown is as of `heardAt`. */
  | { readonly _tag: "Lost"; readonly since: number; readonly heardAt: number; readonly problem: string }
  /** The governor has shut down, and nothing follows. */
  | { readonly _tag: "Over"; readonly heardAt: number }
  /** Nobody looks, so the stream was let go. */
  | { readonly _tag: "Resting"; readonly heardAt: number }
  /** Who reads has to say a token. */
  | { readonly _tag: "Locked"; readonly isWrong: boolean }
  /** What is shown was read from a file of this name. */
  | { readonly _tag: "File"; readonly name: string }

/** How the page stands to the governor. Only `Live` may look as if it were. */
export type Standing = "Connecting" | "Live" | "Stale" | "Over" | "Locked" | "File"

/** A stream that is gone for so long, in milliseconds, is more than a hiccup. */
const hiccup = 3000
/** A stream has a sign of life each 15 seconds. */
export const longestSilence = 20_000

export const standingOf = (connection: Connection, now: number): Standing => {
  switch (connection._tag) {
    case "Open":
      return isWithin(longestSilence, connection.heardAt, now) ? "Live" : "Stale"
    case "Lost":
      return isWithin(hiccup, connection.since, now) ? "Live" : "Stale"
    case "Resting":
      return "Stale"
    default:
      return connection._tag
  }
}

/** A clock that was set back says nothing of how long ago it was. */
const isWithin = (length: number, then: number, now: number): boolean => then <= now && now - then < length

/** Until when what is shown is known, by the clock of the browser; undefined: until now. */
export const knownUntil = (connection: Connection, now: number): number | undefined =>
  "heardAt" in connection && standingOf(connection, now) !== "Live" ? connection.heardAt : undefined
