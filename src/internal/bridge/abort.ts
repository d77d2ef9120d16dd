/**
 * The reason with which signals are aborted.
 */
let reason: DOMException | undefined

/** The reason of every abort of a run or a governor. All share one object, because it means the same everywhere. */
export const abortReason = (): DOMException => {
  if (reason !== undefined) return reason
  reason = new DOMException("Stopped by the governor", "AbortError")
  // An unread stack keeps everything on it alive, here the first governor that stopped anything. Reading it frees that.
  void reason.stack
  return reason
}

/**
 * Whether an error says no more than our abort: it is the reason itself, or an `AbortError` caused by that reason.
 */
export const isEcho = (thrown: unknown): boolean => {
  try {
    if (reason === undefined || !(thrown instanceof Error)) return false
    return thrown === reason || (thrown.name === "AbortError" && thrown.cause === reason)
  } catch {
    return false // a getter of the error threw
  }
}
