/** Programs that are servers: a request is in flight, and its client keeps the connection open. */
import { type Client, credentials, makeGenericClientConstructor } from "@grpc/grpc-js"
import * as assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import { io } from "socket.io-client"
import { WebSocket } from "ws"
import { answers } from "../recipes/answers.ts"
import type { Trial } from "../Trial.ts"

const request: Trial = {
  listens: true,
  send: async ({ port }) => {
    const answer = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text(), String)
    return async () => assert.equal(await answer, "done: request")
  }
}

const ws: Trial = {
  listens: true,
  send: async ({ port }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
    await once(socket, "open")
    const answer = once(socket, "message").then(([message]) => String(message), String)
    const closed = once(socket, "close").then(([code]) => code)
    socket.send("question")
    return async () => assert.deepEqual([await answer, await closed], ["done: question", 1001])
  }
}

const socketIo: Trial = {
  listens: true,
  send: async ({ port }) => {
    const socket = io(`http://127.0.0.1:${port}/`, { reconnection: false, transports: ["websocket"] })
    const answer: Promise<string> = socket.timeout(10_000).emitWithAck("ask", "question").catch(String)
    return async () => assert.equal(await answer, "done: question")
  }
}

const socket: Trial = {
  listens: true,
  send: async ({ port }) => {
    const connection = connect(port, "127.0.0.1")
    const answer = once(connection.setEncoding("utf8"), "data").then(([text]) => text, String)
    connection.write("question")
    return async () => assert.equal(await answer, "done: question")
  }
}

interface Answers extends Client {
  readonly ask: (question: string, answer: (error: Error | null, value: string) => void) => void
  readonly watch: (question: string) => NodeJS.ReadableStream
}

const grpc: Trial = {
  listens: true,
  send: async ({ port }) => {
    const Answers = makeGenericClientConstructor(answers, "Answers")
    const client = new Answers(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as Answers
    const ended = once(client.watch("everything").resume(), "end").catch(String)
    const answer = new Promise((resolve) =>
      client.ask("question", (error, value) => resolve(error === null ? value : String(error)))
    )
    return async () => {
      assert.equal(await answer, "done: question")
      assert.match(String(await ended), /CANCELLED/)
      client.close()
    }
  }
}

export const trials: Readonly<Record<string, Trial>> = {
  express: request,
  fastify: request,
  hono: request,
  "http-effect": request,
  koa: request,
  ws,
  "socket-effect": socket,
  "socket.io": socketIo,
  grpc
}
