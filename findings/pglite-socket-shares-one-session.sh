#!/usr/bin/env bash
# Two clients of pglite-socket are one session of PostgreSQL: both get the same exclusive advisory lock, and the lock stays
# when the client that took it has left.
#
# Version: @electric-sql/pglite-socket 0.2.17 and @electric-sql/pglite 0.5.14, with postgres 3.4.9, on Node 26.10.0.
# Behaviour: the server speaks the protocol of PostgreSQL on a port. Two clients connect, each with a connection of its own.
#   The first takes `pg_try_advisory_lock(1)`, and so does the second. `pg_backend_pid()` is the same for both. A setting that
#   the first makes for its session holds for the second. When the first has left, `pg_locks` still has its lock.
# Output seen:
#   first true, second true
#   the same pid: true
#   the setting of the first, read by the second: here
#   locks after the first has left: 1
# Why the guess is wrong: a connection to PostgreSQL is a session, so one guesses that a test against this server shows what
#   advisory locks, `SET` or temporary tables do between two processes. Everything that is in the session is shared instead,
#   without an error: a leader election that is tried on it elects everybody.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund @electric-sql/pglite-socket@0.2.17 @electric-sql/pglite@0.5.14 postgres@3.4.9 > npm.log 2>&1

cat > sessions.mjs << 'JS'
import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"
import { createServer } from "node:net"
import postgres from "postgres"

const free = createServer()
await new Promise((resolve) => free.listen(0, "127.0.0.1", resolve))
const { port } = free.address()
await new Promise((resolve) => free.close(resolve))

const db = await PGlite.create()
const server = new PGLiteSocketServer({ db, port, host: "127.0.0.1", maxConnections: 10 })
await server.start()
const connect = () => postgres({ host: "127.0.0.1", port, database: "postgres", username: "postgres", max: 1, ssl: false })

const [first, second] = [connect(), connect()]
const lock = async (sql) => (await sql`SELECT pg_try_advisory_lock(1) AS locked`)[0].locked
const pid = async (sql) => (await sql`SELECT pg_backend_pid() AS pid`)[0].pid
console.log(`first ${await lock(first)}, second ${await lock(second)}`)
console.log(`the same pid: ${await pid(first) === await pid(second)}`)
await first`SELECT set_config('application_name', 'here', false)`
const [{ name }] = await second`SELECT current_setting('application_name') AS name`
console.log(`the setting of the first, read by the second: ${name}`)
await first.end()
const [{ count }] = await second`SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory'`
console.log(`locks after the first has left: ${count}`)
await second.end()
await server.stop()
await db.close()
JS

timeout 60 node sessions.mjs > output
cat output
diff - output << 'TEXT'
first true, second true
the same pid: true
the setting of the first, read by the second: here
locks after the first has left: 1
TEXT
