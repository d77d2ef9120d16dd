/**
 * Asks a running governor for its numbers.
 */
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import { request } from "node:http"
import type { Numbers } from "./numbers.ts"

/** Where the operations of a governor are served: at a URL, or at a Unix socket. */
export type Address = ({ readonly url: string } | { readonly socket: string }) & {
  /** The token for reading, where the governor asks for one. */
  readonly token?: string | undefined
}

/** In milliseconds. */
const patience = 5000

/** The numbers of the governor that answers at the address. */
export const numbersAt = (address: Address): Effect.Effect<Omit<Numbers, "port">, CliError.UserError> =>
  Effect.tryPromise({
    try: async () => numbersIn(JSON.parse(await ask(address))),
    catch: (cause) =>
      new CliError.UserError({
        cause,
        userMessage: `the governor at ${inWords(address)} gave no numbers: ${String(cause)}`
      })
  })

const inWords = (address: Address): string => "url" in address ? address.url : address.socket

const ask = (address: Address): Promise<string> =>
  new Promise((resolve, reject) => {
    const { token } = address
    const headers = { accept: "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const options = { agent: false, headers, signal: AbortSignal.timeout(patience) }
    const asked = "url" in address
      ? request(budgetAt(address.url), options)
      : request({ ...options, socketPath: address.socket, path: "/budget" })
    asked.on("error", reject)
    asked.once("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("error", reject)
      response.once("end", () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`it answered with status ${response.statusCode}`))
      })
    })
    asked.end()
  })

/** The operations may be served under a path. */
const budgetAt = (url: string): URL => {
  if (!url.startsWith("http://") || !URL.canParse(url)) throw new Error("expected a URL that begins with http://")
  return new URL("budget", url.endsWith("/") ? url : `${url}/`)
}

/** The numbers in an answer, which may come from another version. What is not known there is missing here. */
export const numbersIn = (answer: unknown): Omit<Numbers, "port"> => {
  if (typeof answer !== "object" || answer === null || !("governor" in answer) || typeof answer.governor !== "string") {
    throw new Error("the answer is not the budget of a governor")
  }
  const known = Object.entries(fields).flatMap(([field, name]) => {
    const millis: unknown = Reflect.get(answer, field)
    return typeof millis === "number" && Number.isFinite(millis) && millis >= 0 ? [[name, millis]] : []
  })
  return { name: answer.governor, ...Object.fromEntries(known) }
}

/** The fields of an answer, and how the numbers are named here. */
const fields = {
  longestStart: "longestStart",
  longestStop: "longestStop",
  shutdownTimeout: "shutdownTimeout",
  drainDelay: "drainDelay",
  heartbeatTimeout: "heartbeat"
} as const
