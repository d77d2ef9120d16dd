/**
 * An error's message with its causes: `fetch` itself says no more than "fetch failed".
 */
export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return `${error.message}: ${explain(error.cause)}`
  // A name with several addresses: each was tried.
  return error instanceof AggregateError ? error.errors.map(explain).join(", ") : error.message
}
