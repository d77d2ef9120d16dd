/**
 * The message of an error together with its causes. The message of `fetch` alone is "fetch failed".
 */
export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return `${error.message}: ${explain(error.cause)}`
  // A host name can have several addresses, and each of them was tried.
  return error instanceof AggregateError ? error.errors.map(explain).join(", ") : error.message
}
