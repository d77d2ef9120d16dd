/**
 * Waits until a governor is ready for the first time.
 */
import type { Sight } from "../../internal/sight.ts"

/** What is seen of the governor. */
export type Seen = Pick<Sight, "closing" | "listen" | "snapshot">

/**
 * Calls `ready` once, when each service that was started is ready or over, and one at least is not failed. Never, if a shutdown
 * begins before.
 */
export const onceReady = (seen: Seen, whenReady: () => Promise<unknown>, ready: () => void): void => {
  let begun = 0
  let isWaiting = false
  const wait = async () => {
    let before
    do {
      before = begun
      await whenReady()
    } while (before !== begun) // others were started meanwhile
    isWaiting = false
    const isAny = seen.snapshot().services.some(({ _tag }) => _tag !== "Failed" && _tag !== "Pending")
    if (!isAny || seen.closing() !== undefined) return
    unlisten()
    ready()
  }
  const unlisten = seen.listen((event) => {
    if (event._tag === "ShutdownStarted" && event.governor === undefined) return unlisten()
    if (event._tag !== "ServiceWaiting" && (event._tag !== "ServiceStarting" || event.run !== 1)) return
    begun++
    if (isWaiting) return
    isWaiting = true
    void Promise.resolve().then(wait) // not while the event is told
  })
}
