/**
 * Asks a governor over HTTP.
 */
import { type ClientRequest, type IncomingMessage, request as overHttp, type RequestOptions } from "node:http"
import { request as overHttps } from "node:https"
import { inLine } from "../operations/inWords.ts"
import { codeOf, exitCodes, Failed } from "./exitCodes.ts"

/** Where the operations of a governor are served: at a URL, or at a Unix socket. */
export type Address = ({ readonly url: string } | { readonly socket: string }) & {
  /** The token for commands; and for reading, if there is no other one. */
  readonly token?: string | undefined
  readonly readToken?: string | undefined
}

export interface Asking {
  readonly method?: "GET" | "POST"
  readonly headers?: Readonly<Record<string, string>>
  /** How long to wait for the answer, in milliseconds. Default: 5 s. */
  readonly patience?: number
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** In milliseconds. */
const usualPatience = 5000

export const inWords = (address: Address): string => "url" in address ? address.url : address.socket

/** Asks, and takes the whole answer, whatever its status is. Rejects with `Failed` if there is none. */
export const ask = async (address: Address, target: string, asking: Asking = {}): Promise<Answer> => {
  const { patience = usualPatience } = asking
  const late = AbortSignal.timeout(patience)
  try {
    const response = await respond(address, target, asking, late)
    return { status: response.statusCode ?? 0, type: typeOf(response), text: await textOf(response) }
  } catch (error) {
    throw unreachable(address, late.aborted ? new Error("it takes too long") : error)
  }
}

/** What a governor answers that does what was asked. Rejects with `Failed` otherwise. */
export const read = async (address: Address, target: string, asking: Asking = {}): Promise<string> => {
  const answer = await ask(address, target, asking)
  if (answer.status >= 200 && answer.status < 300) return answer.text
  throw refusalIn(address, answer)
}

/** The same, as data. */
export const readJson = async <A>(address: Address, target: string, asking?: Asking): Promise<A> =>
  dataIn(address, await read(address, target, asking)) as A

export interface Both<A> {
  readonly text: string
  readonly data: A
}

/** The same, as the text that came, and as data. */
export const readBoth = async <A>(address: Address, target: string): Promise<Both<A>> => {
  const text = await read(address, target)
  return { text, data: dataIn(address, text) as A }
}

/** All answers of a governor say of which version they are. Another program may answer anything. */
export const dataIn = (address: Address, text: string): object => {
  const noGovernor = (why: string) =>
    new Failed(exitCodes.unreachable, `what answers at ${inWords(address)} is no governor: ${why}`)
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw noGovernor("no JSON came")
  }
  const { apiVersion } = Object(data) as { readonly apiVersion?: unknown }
  if (apiVersion === "governor/v1") return data as object
  throw noGovernor(
    apiVersion === undefined ? "the JSON is of another program" : `its version is ${JSON.stringify(apiVersion)}`
  )
}

/** Opens a stream. The pieces end when the governor ends the stream, and throw if the connection breaks. */
export const open = async (
  address: Address,
  target: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal
): Promise<{ readonly status: number; readonly type: string; readonly pieces: AsyncIterable<string> }> => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error("it takes too long")), usualPatience)
  try {
    const both = AbortSignal.any([signal, late.signal])
    const response = await respond(address, target, { headers: { accept: "text/event-stream", ...headers } }, both)
    response.setEncoding("utf8")
    return { status: response.statusCode ?? 0, type: typeOf(response), pieces: response }
  } catch (error) {
    throw unreachable(address, late.signal.aborted ? late.signal.reason : error)
  } finally {
    clearTimeout(timer)
  }
}

const unreachable = (address: Address, error: unknown): Failed => {
  if (error instanceof Failed) return error
  const why = error instanceof Error ? reasonOf(error) : String(error)
  return new Failed(exitCodes.unreachable, `no governor answers at ${inWords(address)}: ${inLine(why)}`)
}

/** The message of several errors in one is empty. */
const reasonOf = (error: Error & { readonly code?: string }): string => error.message || error.code || error.name

/** Why the governor does not do what was asked, as it says itself. */
export const refusalIn = (address: Address, { status, text, type }: Answer): Failed => {
  if (!type.startsWith("application/problem+json")) {
    return new Failed(
      exitCodes.unreachable,
      `what answers at ${inWords(address)} is no governor: it answers with status ${status}`
    )
  }
  const detail = status === 404 && !isOfService(detailIn(text)) ? closed : detailIn(text)
  const code = codeOf(status, isOfService(detail))
  return new Failed(code, code === exitCodes.forbidden ? `${detail} (${inWords(address)}, status ${status})` : detail)
}

const isOfService = (detail: string): boolean => detail.startsWith("there is no service")

/** A governor does not say that something is there that is not open. */
const closed =
  "this is not open here: for commands the program has to set tokens.control, and for reading from elsewhere tokens.read"

const detailIn = (text: string): string => {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    return typeof detail === "string" ? inLine(detail, 500) : ""
  } catch {
    return ""
  }
}

/** A name as a part of a path. Half of a character, which no address has, becomes another one: nobody has that name. */
export const encoded = (name: string): string => encodeURIComponent(name.replace(/\p{Cs}/gu, "\ufffd"))

// --- node:http ---

const respond = (
  address: Address,
  target: string,
  asking: Asking,
  signal: AbortSignal
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = requestTo(address, target, asking, signal)
    asked.on("error", reject)
    asked.once("response", resolve)
    asked.end()
  })

const requestTo = (address: Address, target: string, asking: Asking, signal: AbortSignal): ClientRequest => {
  const { headers, method = "GET" } = asking
  const token = method === "GET" ? address.readToken ?? address.token : address.token
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const options: RequestOptions = {
    agent: false,
    method,
    headers: { accept: "application/json", ...authorization, ...headers },
    signal
  }
  if ("socket" in address) return overHttp({ ...options, socketPath: address.socket, path: target })
  const url = urlOf(address.url, target)
  return url.protocol === "https:" ? overHttps(url, options) : overHttp(url, options)
}

/** The operations may be served under a path. */
const urlOf = (base: string, target: string): URL => {
  if (!/^https?:\/\//.test(base) || !URL.canParse(base)) {
    throw new Failed(exitCodes.usage, `expected a URL that begins with http:// or https://, got ${inLine(base)}`)
  }
  return new URL(target.slice(1), base.endsWith("/") ? base : `${base}/`)
}

const typeOf = ({ headers }: IncomingMessage): string => headers["content-type"] ?? ""

const textOf = async (response: IncomingMessage): Promise<string> => {
  response.setEncoding("utf8")
  const pieces: Array<string> = []
  for await (const piece of response) pieces.push(piece as string)
  return pieces.join("")
}
