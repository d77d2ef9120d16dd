/**
 * Asks the governor.
 */

export interface Door {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>
  /** The path of the page: all others are below it, wherever it is mounted. */
  readonly base: string
  /** The token that opens the details, if one was said. */
  readonly token: () => string | undefined
  /** Once it is aborted, nothing is asked any more. */
  readonly signal: AbortSignal
}

/** A page at `/ops` is the same as one at `/ops/`. */
export const baseOf = (pathname: string): string => pathname.endsWith("/") ? pathname : `${pathname}/`

export const get = (
  { base, fetch, signal, token }: Door,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  until: AbortSignal = signal
): Promise<Response> => {
  return fetch(base + path, {
    headers: { ...headers, ...bearer(token()) },
    signal: until,
    cache: "no-store",
    credentials: "omit"
  })
}

/**
 * The header with the token. A character that no header can have becomes another one: the token is wrong, and it is for the
 * governor to say so.
 */
export const bearer = (token: string | undefined): Readonly<Record<string, string>> =>
  token === undefined ? {} : { authorization: `Bearer ${token.replace(/[^\x20-\x7e\xa0-\xff]/gu, "?")}` }

/** What an answer says that is not what was asked for: the `detail` of a problem. */
export const problemOf = async (response: Response): Promise<string> => {
  const { status } = response
  const type = response.headers.get("content-type") ?? ""
  const { detail } = type.includes("problem+json")
    ? Object(await response.json().catch(() => undefined)) as { readonly detail?: unknown }
    : {}
  return typeof detail === "string" ? detail : `the answer was ${status}`
}

/** The text of an answer, piece by piece as it comes. */
export const textOf = async (response: Response, piece: (text: string) => boolean | void): Promise<void> => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    if (piece(next.value) === true) return await reader?.cancel()
  }
}

/** Waits so many milliseconds, or until the signal. */
export const pause = (millis: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, millis)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    signal.addEventListener("abort", done, { once: true })
  })
