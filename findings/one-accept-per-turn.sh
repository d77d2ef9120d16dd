#!/usr/bin/env bash
# A server of Node accepts one connection per turn of the event loop, and `close()` resets all that it has not accepted yet.
#
# Version: Node 26.10.0 (package `node`); the same with Node 20.20.2. Linux.
# Behaviour: 40 clients connect while the event loop of the server is busy. The kernel completes their connections, so each
#   client sees `connect`, and may send its request. When the loop is free again, each turn of it accepts one connection,
#   not all that wait. `server.close()` then closes the listening socket, and the kernel resets the rest.
# Output seen:
#   accepted after each of 5 turns of the event loop: 0 1 2 3 4
#   of 40 connected clients 4 were served, 36 were reset
# Why the guess is wrong: `close()` is said to stop accepting new connections and to keep those that exist. A client whose
#   `connect` event has come exists for itself and for the kernel, but not for the server. And one would guess that a turn
#   of the loop accepts all connections that wait, so that a turn before `close()` were enough. A server under load that
#   leaves has to go on accepting for some time after it has told load balancers and clients to go elsewhere.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm pkg set allowScripts.node=true --json > npm.log
npm install --no-audit --no-fund node@26.10.0 > npm.log
test "$(node_modules/.bin/node --version)" = v26.10.0

cat > accepts.mjs << 'JS'
import { fork } from "node:child_process"
import { connect, createServer } from "node:net"

const clients = 40

const serve = () => {
  const accepted = []
  const server = createServer((socket) => accepted.push(socket.on("error", () => {})))
  server.listen(0, "127.0.0.1", () => {
    const child = fork(import.meta.filename, [String(server.address().port)])
    child.once("message", () => {
      for (const end = performance.now() + 1000; performance.now() < end;); // all connect meanwhile
      const counts = []
      const turn = () => {
        counts.push(accepted.length)
        if (counts.length < 5) return setImmediate(turn)
        console.log(`accepted after each of 5 turns of the event loop: ${counts.join(" ")}`)
        server.close()
        accepted.forEach((socket) => socket.end())
      }
      setImmediate(turn)
    })
  })
}

const connectAll = (port) => {
  const seen = { connect: 0, end: 0, error: 0, close: 0 }
  process.send("connecting")
  for (let i = 0; i < clients; i++) {
    const socket = connect(port, "127.0.0.1").resume()
    for (const event of Object.keys(seen)) socket.once(event, () => seen[event]++)
    socket.once("close", () => {
      if (seen.close < clients) return
      console.log(`of ${seen.connect} connected clients ${seen.end} were served, ${seen.error} were reset`)
      process.disconnect()
    })
  }
}

if (process.argv[2] === undefined) serve()
else connectAll(Number(process.argv[2]))
JS

node_modules/.bin/node accepts.mjs > seen
cat seen
diff seen - << 'EXPECTED'
accepted after each of 5 turns of the event loop: 0 1 2 3 4
of 40 connected clients 4 were served, 36 were reset
EXPECTED
