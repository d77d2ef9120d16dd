/**
 * A question and its answer, whatever door they pass: a listener of `node:http`, a fetch handler or a router of Effect.
 */

/** How long the body of a command may be, in bytes. */
export const longestBody = 1024

/** What was asked. */
export interface Question {
  readonly method: string
  /** The path and the query, as they came: `/services?limit=2`. */
  readonly target: string
  /** The header of this lower-case name. */
  readonly header: (name: string) => string | undefined
  /** The text of the body, or undefined if there is more of it than a command can have. */
  readonly body: () => Promise<string | undefined>
  readonly door: Doorway
}

/** What a door knows of those who come through it. */
export interface Doorway {
  /** Whether they may read without a token: they are on this machine. */
  readonly isLocal: boolean
  /** Whether the name in the header `Host` has to be one that is known, whatever the options say. */
  readonly checksHost: boolean
}

/** What is answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export type Body =
  | { readonly _tag: "Text"; readonly text: string }
  /** A long text in pieces. The event loop has a turn before each piece. */
  | { readonly _tag: "Pieces"; readonly pieces: AsyncIterable<string> }
  /** Goes on until the client or the governor ends it. */
  | { readonly _tag: "Stream"; readonly open: (sink: Sink) => void }

/** One client of a stream. */
export interface Sink {
  readonly write: (bytes: Uint8Array) => void
  /** How many bytes the client has not read. */
  readonly unread: () => number
  /** Calls the function once the client has read what was written. */
  readonly whenRead: (call: () => void) => void
  /** Ends the stream after what was written. */
  readonly end: () => void
  /** Ends the connection at once. */
  readonly cut: () => void
  /** Calls the function when the client has gone. */
  readonly whenGone: (call: () => void) => void
}

/** What each answer says: it is of this moment, it is what it says it is, and no page may frame it. */
const common = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
}

/** Few: probes ask often. A browser shows a text as a text, and runs nothing in it. */
const plainText = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-type": "text/plain; charset=utf-8"
}
const json = { ...common, "content-type": "application/json" }
const problemJson = { ...common, "content-type": "application/problem+json" }

type Headers = Answer["headers"]

const encoder = new TextEncoder()

const whole = (status: number, headers: Headers, text: string): Answer => ({
  status,
  headers: { ...headers, "content-length": String(encoder.encode(text).length) },
  body: { _tag: "Text", text }
})

export const text = (status: number, text: string, headers?: Headers): Answer =>
  whole(status, { ...plainText, ...headers }, text)

export const data = <A extends object>(status: number, value: NoInfer<A>, headers?: Headers): Answer =>
  whole(status, { ...json, ...headers }, `${JSON.stringify(value)}\n`)

export const pieces = (type: string, pieces: AsyncIterable<string>, headers?: Headers): Answer => ({
  status: 200,
  headers: { ...common, "content-type": type, ...headers },
  body: { _tag: "Pieces", pieces }
})

export const stream = (type: string, open: (sink: Sink) => void, headers?: Headers): Answer => ({
  status: 200,
  headers: { ...common, "content-type": type, ...headers },
  body: { _tag: "Stream", open }
})

export const nothing = (status: number, headers?: Headers): Answer => ({
  status,
  headers: { ...common, ...headers },
  body: { _tag: "Text", text: "" }
})

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  500: "Internal Server Error"
}

/** An answer that says what is wrong, after RFC 9457. It has no stack. */
export const problem = (status: number, detail: string, more: object = {}, headers?: Headers): Answer => {
  const body = { type: "about:blank", status, title: titles[status], detail, ...more }
  return whole(status, { ...problemJson, ...headers }, `${JSON.stringify(body)}\n`)
}

/** Thrown where a question cannot be answered. */
export class Refused {
  readonly answer: Answer

  constructor(answer: Answer) {
    this.answer = answer
  }
}

/** Throws the answer to a bad question. */
export const refuse = (...args: Parameters<typeof problem>): never => {
  throw new Refused(problem(...args))
}
