/**
 * The door of `node:http`: what Express and Fastify mount, and what a listener of its own calls.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type Answer, type Body, type Doorway, longestBody, type Question, type Sink } from "./exchange.ts"

type Asks = (question: Question) => Answer | Promise<Answer>

export const respond = (ask: Asks, doorway: Doorway, request: IncomingMessage, response: ServerResponse): void => {
  const answered = ask(questionOf(request, doorway))
  if (answered instanceof Promise) void answered.then((answer) => send(answer, request, response))
  else send(answered, request, response)
}

const questionOf = (request: IncomingMessage, door: Doorway): Question => ({
  method: request.method ?? "GET",
  target: request.url ?? "/",
  header: (name) => {
    const value = request.headers[name]
    return Array.isArray(value) ? value.join(", ") : value
  },
  body: () => bodyOf(request),
  door
})

/** Express and Fastify may have read the body already. What they made of it is a text again. */
const bodyOf = async (request: IncomingMessage & { readonly body?: unknown }): Promise<string | undefined> => {
  const { body } = request
  if (request.readableEnded || body !== undefined) return asText(body)
  let length = 0
  const parts: Array<Buffer> = []
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > longestBody) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString("utf8")
}

const asText = (body: unknown): string | undefined => {
  const text = body === undefined || body === null ? "" : typeof body === "string" ? body : JSON.stringify(body)
  return text.length > longestBody ? undefined : text
}

const send = ({ body, headers, status }: Answer, request: IncomingMessage, response: ServerResponse): void => {
  if (response.headersSent || response.destroyed) return
  if (request.method === "HEAD" || body._tag === "Text") {
    response.writeHead(status, headers)
    response.end(body._tag === "Text" && request.method !== "HEAD" ? body.text : "")
    return
  }
  response.on("error", () => {}) // the client has gone
  // A client whose stream has ended would keep its connection, and a server that closes would wait for that.
  if (body._tag === "Stream") response.shouldKeepAlive = false
  response.writeHead(status, headers)
  sendLong(body, response)
}

const sendLong = (body: Exclude<Body, { readonly _tag: "Text" }>, response: ServerResponse): void => {
  switch (body._tag) {
    case "Pieces":
      return void sendPieces(body.pieces, response)
    case "Stream":
      response.flushHeaders()
      return body.open(sinkOf(response))
  }
}

/** A client that has gone gets no more, and what cannot be made cuts the answer off. */
const sendPieces = async (pieces: AsyncIterable<string>, response: ServerResponse): Promise<void> => {
  try {
    for await (const piece of pieces) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      if (response.destroyed) return
      if (!response.write(piece)) await drained(response)
    }
    response.end()
  } catch {
    response.destroy()
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.on("drain", done)
    response.on("close", done)
  })

const sinkOf = (response: ServerResponse): Sink => ({
  write: (bytes) => void response.write(bytes),
  unread: () => response.writableLength,
  whenRead: (call) => response.writableNeedDrain ? void drained(response).then(call) : call(),
  end: () => void response.end(),
  cut: () => void response.destroy(),
  whenGone: (call) => void response.once("close", call)
})

/** Whether the request came in on this machine, and nobody has passed it on. */
export const isLocal = ({ headers, socket }: IncomingMessage): boolean => {
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined) return false
  const address = socket.localAddress
  return address === undefined || /^(?:::ffff:)?127\.|^::1$/.test(address)
}
