/**
 * The door of the web platform: a handler from `Request` to `Response`, which Hono, Bun and Deno take.
 */
import { type Answer, type Body, longestBody, type Question, type Sink } from "./exchange.ts"
import { isLoopback } from "./guard.ts"

/** How many bytes may wait for a client before it is asked to read. */
const highWater = 16_384

export const questionOf = (request: Request): Question => {
  const url = new URL(request.url)
  return {
    method: request.method,
    target: url.pathname + url.search,
    // A `Request` made by hand has no header `Host`: its URL says the same.
    header: (name) => request.headers.get(name) ?? (name === "host" ? url.host : undefined),
    body: () => bodyOf(request),
    door: { isLocal: isLoopback(url.hostname) && !wasPassedOn(request.headers), checksHost: false }
  }
}

const wasPassedOn = (headers: Headers): boolean => headers.has("x-forwarded-for") || headers.has("forwarded")

const bodyOf = async (request: Request): Promise<string | undefined> => {
  if (request.body === null) return ""
  const decoder = new TextDecoder()
  let length = 0
  let text = ""
  for await (const part of request.body) {
    length += part.length
    if (length > longestBody) return undefined
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

export const toResponse = ({ body, headers, status }: Answer, method: string): Response => {
  const isEmpty = method === "HEAD" || status === 204 || status === 304
  return new Response(isEmpty ? null : bodyFor(body), { status, headers })
}

const bodyFor = (body: Body): string | ReadableStream<Uint8Array> => {
  switch (body._tag) {
    case "Text":
      return body.text
    case "Pieces":
      return fromPieces(body.pieces[Symbol.asyncIterator]())
    case "Stream":
      return fromStream(body.open)
  }
}

const encoder = new TextEncoder()

const fromPieces = (pieces: AsyncIterator<string>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      const { done, value } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await pieces.return?.()
    }
  })

const nothing = () => {}

const fromStream = (open: (sink: Sink) => void): ReadableStream<Uint8Array> => {
  let gone = nothing
  let reads = nothing
  let isOver = false
  /** A stream that is over takes nothing more, and says so by throwing. */
  const unlessOver = (act: () => void, isLast = false) => {
    if (isOver) return
    isOver = isLast
    act()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const unread = () => highWater - (controller.desiredSize ?? highWater)
      open({
        write: (bytes) => unlessOver(() => controller.enqueue(bytes)),
        unread,
        whenRead: (call) => {
          if (unread() <= 0) call()
          else reads = call
        },
        end: () => unlessOver(() => controller.close(), true),
        cut: () => unlessOver(() => controller.error(new Error("the client does not read")), true),
        whenGone: (call) => {
          gone = call
        }
      })
    },
    pull() {
      const call = reads
      reads = nothing
      call()
    },
    cancel: () => unlessOver(gone, true)
  }, { highWaterMark: highWater, size: (bytes) => bytes.length })
}
