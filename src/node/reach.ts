/**
 * Whether something answers, and when that is checked: the ready-made probes. The modules of Node are loaded by the first check.
 */
import { InvalidOption } from "../GovernorError.ts"
import { show } from "../internal/input/GovernorOption.ts"
import type { Timing } from "../Probe.ts"
import type { Options } from "./Probe.ts"

/** Who listens does so soon after the beginning, and then mostly for ever. */
export const timing = ({ every = "10 seconds", startEvery = "250 millis", ...others }: Options): Timing => ({
  ...others,
  every,
  startEvery
})

/** Rejects if there is no answer. */
type Check = (signal: AbortSignal) => Promise<void>

/** Resolves once a connection is accepted, and closes it. Throws `InvalidOption`. */
export const connects = (port: number, host = "127.0.0.1"): Check => {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidOption({ field: "port", expected: "a port from 1 to 65535", actual: show(port) })
  }
  return async (signal) => {
    const Net = await import("node:net")
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const socket = Net.connect({ port, host, signal })
      socket.once("error", reject)
      socket.once("connect", () => {
        socket.destroy()
        resolve()
      })
    })
  }
}

/** The most redirects that are followed, as in Kubernetes. */
const most = 10

/**
 * Resolves once the URL answers with a status from 200 to 399. Redirects are followed on the same host; one to another
 * host is an answer. Throws `InvalidOption`.
 */
export const answers = (input: string | URL): Check => {
  const url = parsed(input)
  return async (signal) => {
    let next = url
    for (let requests = 0; requests <= most; requests++) {
      const { location, status } = await ask(next, signal)
      if (status < 200 || status >= 400) throw new Error(`${next.href} answered with status ${status}`)
      const target = status < 300 || location === undefined ? undefined : new URL(location, next)
      if (target === undefined || target.hostname !== url.hostname || !isHttp(target)) return
      next = target
    }
    throw new Error(`${url.href} redirected more than ${most} times`)
  }
}

const isHttp = ({ protocol }: URL): boolean => protocol === "http:" || protocol === "https:"

const parsed = (input: string | URL): URL => {
  const url = URL.canParse(String(input)) ? new URL(input) : undefined
  if (url !== undefined && isHttp(url)) return url
  const actual = show(input instanceof URL ? input.href : input)
  throw new InvalidOption({ field: "url", expected: "a URL that begins with http: or https:", actual })
}

interface Answer {
  readonly status: number
  readonly location: string | undefined
}

/** The body is not read, and the connection is closed: nothing holds the process up. */
const ask = async (url: URL, signal: AbortSignal): Promise<Answer> => {
  const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http")
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers: { connection: "close" }, signal })
    asked.on("error", reject) // not `once`: the connection may fail again as it is closed
    asked.once("response", (response) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location })
      response.on("error", () => {}).destroy()
    })
    asked.end()
  })
}
