/**
 * A server under systemd: it says when it is ready, what is going on, and when it stops. It takes the socket that systemd has
 * opened, if there is one, so that no connection is refused while it restarts.
 *
 *     node examples/30-systemd.ts
 *     systemd-run --user --pty -p Type=notify -p WatchdogSec=10 node $PWD/examples/30-systemd.ts
 *
 * The first command runs it without systemd: `notify` does nothing then, and `activated` has no socket. The second runs it as
 * a unit; `systemctl --user status` shows its news. Ctrl-C ends it. PORT sets another port than 3000. docs/managers.md has a
 * unit for each of the service and its socket.
 */
import { activated, notify } from "effect-governor/node"
import { Governor, type ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const [socket] = activated()

const web = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const server = createServer((_, response) => response.end("hello\n"))
  server.listen(socket ? { fd: socket.fd } : { port: Number(process.env["PORT"] ?? 3000) })
  await once(server, "listening")
  defer(() => once(server.close(), "close"))
  log("listening on http://localhost:%d/", (server.address() as AddressInfo).port)
  ready()
  await sleep("Infinity")
}

const governor = new Governor({ stopTimeout: "10 seconds" }).catchSignals()
// The socket of systemd is closed with the server, so the next run has to be one of the next process: systemd starts that.
governor.add(web, { readiness: "manual", startTimeout: "30 seconds", significant: true })
notify(governor)
governor.start()
await governor.waitForShutdown()
