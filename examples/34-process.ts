/**
 * A server that is a program of its own, and a service that needs it.
 *
 *     node examples/34-process.ts
 *     node examples/34-process.ts redis-server
 *
 * The second command runs Redis, if it is on PATH. The first runs a server that knows one command of Redis. The client begins
 * when the server answers, which takes longer than its start. If the server dies, both begin again: kill it to see that. Ctrl-C
 * stops the client before the server, with exit code 0. PORT sets another port than 6390.
 */
import { command } from "effect-governor/process"
import { Governor } from "effect-governor/promise"
import { once } from "node:events"
import { connect } from "node:net"

const port = Number(process.env["PORT"] ?? 6390)

/** Sends one command to the server. */
const ask = async (command: string, signal: AbortSignal): Promise<string> => {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8")
  try {
    socket.write(`${command}\r\n`)
    const [answer] = await once(socket, "data", { signal })
    return String(answer).trim()
  } finally {
    socket.destroy()
  }
}

const standIn = `
  const server = net.createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write("+PONG\\r\\n")))
  setTimeout(() => server.listen(${port}, "127.0.0.1", () => console.log("process %d listens", process.pid)), 300)
`
const [program] = process.argv.slice(2)
const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]

const governor = new Governor({ restart: "100 millis" }).catchSignals()

governor.add(
  "server",
  command(program ?? process.execPath, program === undefined ? ["-e", standIn] : args, {
    readiness: { check: async ({ signal }) => await ask("PING", signal) === "+PONG", every: "50 millis" }
  })
)

governor.add("client", async ({ log, signal, sleep }) => {
  do log("the server answers %s", await ask("PING", signal))
  while (!(await sleep("1 second")))
}, { bindsTo: ["server"] })

governor.start()
await governor.waitForShutdown()
