/**
 * The reason with which signals are aborted, and the errors that say no more than that reason.
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
 * Whether an error says no more than our abort: it is the reason itself, its chain of causes holds the reason, or it is
 * an `AggregateError` each of whose errors does. Errors are known by their shape and not by their class, because they
 * may come from another realm. Never throws.
 */
export const isEcho = (thrown: unknown): boolean => {
  try {
    return reason !== undefined && holdsReason(thrown, new Map())
  } catch {
    return false // a getter of the error threw
  }
}

/** How many errors inside one error are looked at. A getter may make a new error each time. */
const most = 1000

/** `known` has the errors that were looked at: an error may lead back to itself, or be there twice. */
const holdsReason = (error: unknown, known: Map<object, boolean>): boolean => {
  if (error === reason) return true
  if (typeof error !== "object" || error === null) return false
  const before = known.get(error)
  if (before !== undefined || known.size === most) return before ?? false
  known.set(error, false)
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown }
  const inside: ReadonlyArray<unknown> = Array.isArray(errors) && errors.length > 0 ? errors : [cause]
  const holds = inside.every((one) => holdsReason(one, known))
  known.set(error, holds)
  return holds
}
