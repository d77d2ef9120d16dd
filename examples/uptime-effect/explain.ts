/**
 * An error's message with its causes: `fetch` itself says no more than "fetch failed".
 */
import * as HttpClientError from "effect/http/HttpClientError"

export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) {
    const why = explain(error.cause)
    return HttpClientError.isHttpClientError(error) ? why : `${error.message}: ${why}`
  }
  // A name with several addresses: each was tried.
  return error instanceof AggregateError ? error.errors.map(explain).join(", ") : error.message
}
