/**
 * A PostgreSQL of our own, for the example and for tests. It listens on the loopback address only, and ends with this
 * process, however this process ends.
 *
 * It is not for data that matters: a commit survives a crash of the server, and not one of the machine.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { closeSync, existsSync, openSync, readFileSync } from "node:fs"
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"
import { type Binaries, DatabaseError, findBinaries } from "./binaries.ts"
import { freePort } from "./freePort.ts"

export interface DatabaseOptions {
  /** Where its data are, which stay there. Default: a temporary folder, which is removed when the database has stopped. */
  readonly folder?: string
  /** Default: a free one. */
  readonly port?: number
}

/** `fast`: the sessions are ended, and what is committed is kept. `immediate`: as in a crash, after which it recovers. */
type Shutdown = "fast" | "immediate"

export interface Database {
  /** With the password. */
  readonly url: string
  readonly port: number
  readonly folder: string
  /** Of the server that runs now. */
  readonly pid: () => number | undefined
  /** Ends the server, which `resume` starts again on the same port, with the same data. */
  readonly halt: (how?: Shutdown) => Promise<void>
  readonly resume: () => Promise<void>
  readonly restart: (how?: Shutdown) => Promise<void>
  readonly stop: () => Promise<void>
}

/** What does not change from one server to the next. */
interface Place {
  readonly binaries: Binaries
  readonly folder: string
  readonly isTemporary: boolean
  readonly port: number
  /** PostgreSQL refuses to run as root. Who is root runs it as `nobody`. */
  readonly owner: { readonly uid?: number; readonly gid?: number }
}

const user = "governor"
const nobody = 65_534

/** It is there as long as the server is. */
const ownFile = "data/postmaster.pid"

/** Resolves when the database takes connections. Rejects with a `DatabaseError` that says what PostgreSQL has said. */
export const startDatabase = async (options: DatabaseOptions = {}): Promise<Database> => {
  const place = await placeOf(options)
  try {
    const password = await initialize(place)
    return databaseOf(place, password, await startServer(place))
  } catch (error) {
    await clear(place)
    throw error
  }
}

const placeOf = async ({ folder, port }: DatabaseOptions): Promise<Place> => {
  const place: Place = {
    binaries: await findBinaries(),
    folder: folder ?? await mkdtemp(join(tmpdir(), "governor-database-")),
    isTemporary: folder === undefined,
    port: port ?? await freePort(),
    owner: process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  }
  await mkdir(place.folder, { recursive: true })
  if (place.owner.uid !== undefined) await chown(place.folder, nobody, nobody)
  return place
}

const databaseOf = (place: Place, password: string, first: ChildProcess): Database => {
  let server: ChildProcess | undefined = first
  const halt = async (how: Shutdown = "fast") => {
    const ending = server
    server = undefined
    if (ending !== undefined) await end(ending, how)
  }
  const resume = async () => {
    server ??= await startServer(place)
  }
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${place.port}/postgres`,
    port: place.port,
    folder: place.folder,
    pid: () => server?.pid,
    halt,
    resume,
    restart: async (how) => {
      await halt(how)
      await resume()
    },
    stop: async () => {
      await halt(place.isTemporary ? "immediate" : "fast")
      await clear(place)
    }
  }
}

const clear = async ({ folder, isTemporary }: Place): Promise<void> => {
  if (isTemporary) await rm(folder, { recursive: true, force: true })
}

/** Makes the files of the database if there are none yet. Resolves with the password, which lies beside them. */
const initialize = async ({ binaries, folder, owner }: Place): Promise<string> => {
  const [file, draft] = [join(folder, "password"), join(folder, "password.new")]
  if (existsSync(file)) return await readFile(file, "utf8")
  const password = randomBytes(16).toString("hex")
  await writeFile(draft, password, { mode: 0o600 })
  if (owner.uid !== undefined) await chown(draft, nobody, nobody)
  const of = ["-D", join(folder, "data"), `--username=${user}`, `--pwfile=${draft}`]
  const more = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]
  try {
    await promisify(execFile)(binaries.initdb, [...of, ...more], { ...owner, cwd: folder })
  } catch (error) {
    throw new DatabaseError({ message: `PostgreSQL could not make its files in ${folder}: ${reasonOf(error)}` })
  }
  await rename(draft, file) // only now they are complete
  return password
}

const reasonOf = (error: unknown): string => {
  const { message, stderr } = error as { readonly message: string; readonly stderr?: string }
  return (stderr?.trim() || message).split("\n").slice(0, 3).join(" ")
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "16MB",
  max_connections: "200",
  max_wal_size: "128MB"
}

/** In a process group of its own, so that Ctrl-C ends those who use the database before the database. */
const startServer = async (place: Place): Promise<ChildProcess> => {
  const { binaries, folder, owner, port } = place
  const log = openSync(join(folder, "log"), "a")
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const server = spawn(binaries.postgres, ["-D", join(folder, "data"), "-p", String(port), ...args], {
    ...owner,
    cwd: folder,
    detached: true,
    stdio: ["ignore", log, log]
  })
  closeSync(log)
  const failure = new Promise<string>((fail) => {
    server.once("error", ({ message }) => fail(message)).once("exit", () => fail(complaintsOf(folder)))
  })
  guard(server, place)
  const isOver = () => server.pid === undefined || server.exitCode !== null || server.signalCode !== null
  while (!isReady(server, place)) {
    if (isOver()) throw new DatabaseError({ message: `PostgreSQL did not start on port ${port}: ${await failure}` })
    await delay(10)
  }
  server.unref() // who forgets to stop it ends all the same, and the guard stops it
  return server
}

/** Its last complaints, without the time. */
const complaintsOf = (folder: string): string => {
  const lines = readFileSync(join(folder, "log"), "utf8").matchAll(/(?:LOG: +(?=could not)|HINT: +|FATAL: +)(.*)/g)
  return Array.from(lines, ([, text]) => text).slice(-3).join("; ")
}

/** Waits for the end of its input, which comes when we end, even by SIGKILL. `$0` is the server, `$1` what to remove. */
const watch = `read _
kill -QUIT "$0"
kill -CONT "$0"
[ -n "$1" ] || exit
for i in 1 2 3 4 5 6 7 8 9 10; do [ -e "$1/${ownFile}" ] && sleep 0.5; done
rm -rf -- "$1"`

/** PostgreSQL does not notice that who has started it is gone. A shell does, and ends it. */
const guard = (server: ChildProcess, { folder, isTemporary }: Place): void => {
  if (server.pid === undefined) return
  const args = ["-c", watch, String(server.pid), isTemporary ? folder : ""]
  const shell = spawn("/bin/sh", args, { detached: true, stdio: ["pipe", "ignore", "ignore"] })
  server.once("exit", () => shell.kill())
  shell.unref()
}

const end = async (server: ChildProcess, how: Shutdown): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const ended = once(server, "exit")
  server.kill(how === "fast" ? "SIGINT" : "SIGQUIT")
  server.kill("SIGCONT") // one that a test has frozen
  await ended
}

/** Whether the server takes connections: its last line in this file says so, as it does for `pg_ctl`. */
const isReady = ({ pid }: ChildProcess, { folder }: Place): boolean => {
  try {
    const lines = readFileSync(join(folder, ownFile), "utf8").split("\n")
    return lines[0] === String(pid) && lines[7]?.trim() === "ready"
  } catch {
    return false // it is not there yet
  }
}
