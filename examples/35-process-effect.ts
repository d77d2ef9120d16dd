/**
 * A server that is a program of its own, and a service that needs it.
 *
 *     node examples/35-process-effect.ts
 *     node examples/35-process-effect.ts redis-server
 *
 * The second command runs Redis, if it is on PATH. The first runs a server that knows one command of Redis. The client begins
 * when the server answers, which takes longer than its start. If the server dies, both begin again: kill it to see that. Ctrl-C
 * stops the client before the server, with exit code 0. PORT sets another port than 6390.
 */
import { Governor, RestartPolicy } from "effect-governor"
import { runMain } from "effect-governor/node"
import { ServiceProcess } from "effect-governor/process"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { connect } from "node:net"

const port = Number(process.env["PORT"] ?? 6390)

class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly cause: unknown }> {
  override message = "the server does not answer"
}

const connection = Effect.acquireRelease(
  Effect.sync(() => connect(port, "127.0.0.1").setEncoding("utf8")),
  (socket) => Effect.sync(() => socket.destroy())
)

/** Sends one command to the server. */
const ask = Effect.fn(function*(command: string) {
  const socket = yield* connection
  socket.write(`${command}\r\n`)
  const [answer] = yield* Effect.tryPromise({
    try: (signal) => once(socket, "data", { signal }),
    catch: (cause) => new NoAnswer({ cause })
  })
  return String(answer).trim()
}, Effect.scoped)

const standIn = `
  const server = net.createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write("+PONG\\r\\n")))
  setTimeout(() => server.listen(${port}, "127.0.0.1", () => console.log("process %d listens", process.pid)), 300)
`
const [program] = process.argv.slice(2)
const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]

const server = ServiceProcess.command(
  "server",
  program ?? process.execPath,
  program === undefined ? ["-e", standIn] : args,
  {
    readiness: { check: Effect.map(ask("PING"), (answer) => answer === "+PONG"), every: "50 millis" },
    restart: RestartPolicy.onFailure("100 millis")
  }
)

const client = Effect.repeat(
  Effect.flatMap(ask("PING"), (answer) => Effect.logInfo(`the server answers ${answer}`)),
  Schedule.spaced("1 second")
)

const Services = Layer.mergeAll(
  Governor.service(server),
  Governor.service("client", client, { bindsTo: [server], restart: RestartPolicy.onFailure("100 millis") })
)

Governor.launch(Services).pipe(runMain)
