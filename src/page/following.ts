/**
 * The one stream of the page: begun, let go while nobody looks, and begun again behind what is known.
 */
import { watchCluster } from "./cluster.ts"
import { follow, type Link, readLines } from "./feed.ts"
import type { Door } from "./request.ts"
import type { Message, State } from "./store.ts"

export interface Following {
  /** Begins with nothing that is known. */
  readonly begin: () => void
  /** Goes on behind what is known. */
  readonly goOn: () => void
  /** Hears nothing any more. */
  readonly end: () => void
  readonly pollLines: () => Promise<void>
}

export const following = (
  door: Omit<Door, "signal">,
  stateOf: () => State,
  tell: (message: Message) => void
): Following => {
  let stop = new AbortController()
  const renew = (): Link => {
    stop.abort()
    stop = new AbortController()
    const link = { ...door, signal: stop.signal, tell }
    void watchCluster(link, stateOf, tell)
    return link
  }
  const begin = (): void => {
    const link = renew()
    tell({ _tag: "Connecting" })
    void follow(link)
  }
  return {
    begin,
    goOn: () => {
      const { recording } = stateOf()
      if (recording === undefined) return begin()
      void follow(renew(), recording)
    },
    end: () => stop.abort(),
    pollLines: async () => {
      const { connection, recording } = stateOf()
      if (recording === undefined || connection._tag !== "Open") return
      await readLines({ ...door, signal: stop.signal }, recording).catch(() => undefined)
    }
  }
}
