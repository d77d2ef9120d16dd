/**
 * The message of an error together with its causes. The message of `fetch` alone is "fetch failed".
 */
import * as HttpClientError from "effect/http/HttpClientError"

export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) {
    const why = explain(error.cause)
    return HttpClientError.isHttpClientError(error) ? why : `${error.message}: ${why}`
  }
  // A host name can have several addresses, and each of them was tried.
  return error instanceof AggregateError ? error.errors.map(explain).join(", ") : error.message
}
