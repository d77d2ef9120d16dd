import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Governor, ServiceRun } from "effect-governor"
import * as Effect from "effect/Effect"
import { readerString } from "effect/socket/Socket"
import { SocketServer } from "effect/socket/SocketServer"
import { work } from "./work.ts"

const sockets = Effect.gen(function*() {
  const server = yield* SocketServer
  yield* ServiceRun.ready
  yield* server.run((socket) =>
    Effect.gen(function*() {
      const pull = yield* readerString(socket)
      const { write } = yield* socket.writer
      const answer = (question: string) => Effect.flatMap(Effect.promise(() => work(question)), write)
      while (true) {
        const questions = yield* pull
        yield* Effect.uninterruptible(Effect.forEach(questions, answer)) // a stop interrupts the handlers at once
      }
    }).pipe(Effect.scoped, Effect.ignore)
  )
}).pipe(Effect.provide(NodeSocketServer.layer({ port: Number(process.env["PORT"]) })))

export const services = Governor.service("sockets", sockets, { readiness: "manual" })
