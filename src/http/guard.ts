/**
 * Who may ask what. Pure, but for the hashes.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import type { Answer, Question } from "./exchange.ts"
import { problem } from "./exchange.ts"

/** The settings of one `operations`. */
export interface Guard {
  readonly read: Token | undefined
  readonly control: Token | undefined
  /** The names that a `Host` may have. Undefined: none was set. */
  readonly hosts: ReadonlySet<string> | undefined
}

/** The hash of a token: to compare two hashes takes the same time, whatever the tokens are. */
type Token = Uint8Array

export const tokenOf = (token: string): Token => createHash("sha256").update(token).digest()

/** What a question needs. `Probe`: nothing. `Page`: that there is a way to read, because a browser asks for a page without a token. */
export type Need = "Probe" | "Page" | "Read" | "Control"

/** Why a question is refused; undefined: it is not. */
export const refusal = (question: Question, need: Need, guard: Guard): Answer | undefined =>
  refusedHost(question, guard) ?? refusedOrigin(question, guard) ?? refusedToken(question, need, guard)

/** Whether who asks may read the details, as a probe asks who is answered anyway. */
export const mayRead = (question: Question, { read }: Guard): boolean =>
  read === undefined ? question.door.isLocal : hasToken(question, read)

/** A page of another site can give its name the address of this machine, and ask from the browser of somebody who may. */
const refusedHost = ({ door, header }: Question, { hosts }: Guard): Answer | undefined => {
  const host = header("host")
  if (host === undefined || (!door.checksHost && hosts === undefined)) return undefined
  if (isKnown(host, hosts)) return undefined
  return problem(421, "the name in the header \"Host\" is not known here: the option \"hosts\" lists further names")
}

/** A page of another site can send a command from the browser of somebody who may. */
const refusedOrigin = ({ header }: Question, { hosts }: Guard): Answer | undefined => {
  const origin = header("origin")
  if (origin === undefined) return undefined
  const host = URL.canParse(origin) ? new URL(origin).host : undefined
  if (host !== undefined && (host === header("host") || hosts?.has(nameOf(host)) === true)) return undefined
  return problem(403, "the page that asks is of another site")
}

const refusedToken = (question: Question, need: Need, guard: Guard): Answer | undefined => {
  if (need === "Probe" || (need === "Page" && guard.read !== undefined)) return undefined
  const token = need === "Control" ? guard.control : guard.read
  if (token !== undefined) return hasToken(question, token) ? undefined : unauthorized
  return need !== "Control" && question.door.isLocal ? undefined : notFound()
}

const unauthorized = problem(401, "a valid token is needed: Authorization: Bearer …", {}, {
  "www-authenticate": "Bearer"
})

/** Also the answer where a route is not open to who asks. */
export const notFound = (): Answer => problem(404, "there is nothing at this path")

/** The answer to those who may know which services there are. */
export const noService = (path: string): Answer =>
  problem(404, `there is no service ${JSON.stringify(path.slice(0, 200))}`)

const hasToken = ({ header }: Question, token: Token): boolean => {
  const given = /^bearer +([\x21-\x7e]+) *$/i.exec(header("authorization") ?? "")?.[1]
  return given !== undefined && timingSafeEqual(tokenOf(given), token)
}

const isKnown = (host: string, hosts: ReadonlySet<string> | undefined): boolean => {
  const name = nameOf(host)
  return name === "localhost" || isAddress(name) || hosts?.has(name) === true
}

/** The name in a `Host`, without the port. */
export const nameOf = (host: string): string => host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "")

/** No page can be of an address that is not its own. */
const isAddress = (name: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)

/** Whether a name is of this machine. */
export const isLoopback = (name: string): boolean =>
  name === "localhost" || /^127(\.\d{1,3}){3}$/.test(name) || name === "[::1]" || name === "::1"
