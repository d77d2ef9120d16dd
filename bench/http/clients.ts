/**
 * The process of the clients, which does what its parent tells: what clients take is no part of what the server takes.
 */
import { Agent, request } from "node:http"
import { connect, type Socket } from "node:net"

export type Task =
  /** Asks so often, each time after the answer before; `isFresh`: with a connection for each question, as kubelet does. */
  | {
    readonly _tag: "Ask"
    readonly url: string
    readonly times: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly isFresh?: boolean
  }
  /** Follows the events with so many connections. */
  | { readonly _tag: "Follow"; readonly url: string; readonly count: number }
  /** Tells what the followers heard since they were asked last. */
  | { readonly _tag: "Heard" }
  /** Asks for the events with so many connections, and never reads. */
  | { readonly _tag: "Ignore"; readonly url: string; readonly count: number }

export interface Told {
  /** How long each answer took, from the question to its last byte. */
  readonly millis: ReadonlyArray<number>
  /** Of the last answer. */
  readonly status: number
  readonly bytes: number
  readonly lines: number
  readonly etag: string
  /** Of each event, how late the last follower had it, in milliseconds. */
  readonly late: ReadonlyArray<number>
  /** How many times an event came to a follower. */
  readonly heard: number
}

const nothing: Told = { millis: [], status: 0, bytes: 0, lines: 0, etag: "", late: [], heard: 0 }

type Ask = Extract<Task, { readonly _tag: "Ask" }>

const ask = async (task: Ask): Promise<Told> => {
  const agent = new Agent({ keepAlive: task.isFresh !== true, maxSockets: 1 })
  const millis: Array<number> = []
  let last = nothing
  for (let i = 0; i < task.times; i++) {
    const began = performance.now()
    last = await askOnce(task, agent)
    millis.push(performance.now() - began)
  }
  agent.destroy()
  return { ...last, millis }
}

const askOnce = ({ body, headers = {}, url }: Ask, agent: Agent): Promise<Told> =>
  new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST"
    const asked = request(url, { agent, headers, method }, (response) => {
      let [bytes, lines] = [0, 0]
      response.on("data", (part: Buffer) => {
        bytes += part.length
        for (const byte of part) if (byte === 10) lines++
      })
      response.on("error", reject)
      response.on("end", () => {
        resolve({ ...nothing, status: response.statusCode ?? 0, etag: response.headers.etag ?? "", bytes, lines })
      })
    })
    asked.on("error", reject)
    asked.end(body)
  })

// --- those who follow ---

/** When each event came last, by the time at which it was made. */
let lastly = new Map<number, number>()
let heard = 0
const sockets = new Set<Socket>()

const open = (url: string): Socket => {
  const { host, hostname, pathname, port, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  sockets.add(socket)
  socket.on("error", () => {})
  socket.on("close", () => sockets.delete(socket))
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  return socket
}

const mark = "\"time\":"

/** A part may have several events, of which the first was made first. */
const hear = (part: Buffer) => {
  const at = part.indexOf(mark)
  if (at < 0) return
  heard++
  lastly.set(Number(part.toString("latin1", at + mark.length, at + mark.length + 13)), Date.now())
}

/** A few at a time: a server takes one connection in a turn. */
const follow = async (url: string, count: number): Promise<Told> => {
  for (let i = 0; i < count; i += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - i) }, () =>
      new Promise<void>((resolve) => {
        const socket = open(url)
        socket.once("data", () => {
          socket.on("data", hear)
          resolve()
        })
      })))
  }
  return nothing
}

const tellHeard = (): Told => {
  const told = { ...nothing, late: Array.from(lastly, ([made, came]) => came - made), heard }
  lastly = new Map()
  heard = 0
  return told
}

const ignore = async (url: string, count: number): Promise<Told> => {
  for (let i = 0; i < count; i++) {
    const socket = open(url).pause()
    await new Promise((resolve) => socket.once("connect", resolve))
  }
  return nothing
}

const done = (task: Task): Promise<Told> | Told => {
  switch (task._tag) {
    case "Ask":
      return ask(task)
    case "Follow":
      return follow(task.url, task.count)
    case "Heard":
      return tellHeard()
    case "Ignore":
      return ignore(task.url, task.count)
  }
}

process.on("message", async (task: Task) => process.send!(await done(task)))
process.on("disconnect", () => process.exit())
