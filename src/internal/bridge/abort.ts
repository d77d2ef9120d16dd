/**
 * The reason with which the signal of a run is aborted.
 */
let reason: DOMException | undefined

/** The reason of every abort: made once, for it means the same everywhere. */
export const abortReason = (): DOMException => {
  if (reason !== undefined) return reason
  reason = new DOMException("The governor asked for the end", "AbortError")
  void reason.stack // until it is read, it keeps all that was being called: the first governor that stopped anything
  return reason
}

/** Whether an error is nothing but the echo of our abort: the reason itself, or an abort error made because of it. */
export const isEcho = (thrown: unknown): boolean => {
  try {
    if (reason === undefined || !(thrown instanceof Error)) return false
    return thrown === reason || (thrown.name === "AbortError" && thrown.cause === reason)
  } catch {
    return false // a throwing getter
  }
}
