/**
 * The uptime monitors, each as a process of its own, as its users see it: by its output, its page, its exit and its
 * database. What one does, the other does.
 */
import { Governor } from "effect-governor/promise"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import type { AddressInfo } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { type Result, Store } from "../../examples/uptime/store.ts"

interface Program {
  readonly name: string
  /** An entry of its log, as lines such as `info [checker] …`. */
  readonly readable: (line: string) => ReadonlyArray<string>
}

/** From `level=INFO message="…" cause="…" service=checker`. */
const fromLogFmt = (line: string): ReadonlyArray<string> => {
  const pairs = Array.from(
    line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g),
    ([, key, value = ""]) => [key, value.startsWith("\"") ? JSON.parse(value) as string : value] as const
  )
  const { cause, level, message, service } = Object.fromEntries(pairs) as Record<string, string | undefined>
  if (level === undefined) return [line]
  const entry = [` ${level.toLowerCase()}`, ...(service === undefined ? [] : [`[${service}]`]), message].join(" ")
  return [entry, ...(cause?.split("\n") ?? [])]
}

const programs: ReadonlyArray<Program> = [
  { name: "uptime", readable: (line) => [line] },
  { name: "uptime-effect", readable: fromLogFmt }
]

/** Nobody listens on this privileged port, and `fetch` does not refuse it as it does port 1. */
const nowhere = "http://127.0.0.1:2/"

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

// --- the monitor ---

interface Monitor {
  readonly child: ChildProcess
  readonly lines: ReadonlyArray<string>
  /** The first line, past or future, that matches. Rejects when the process is gone without it. */
  line(pattern: RegExp): Promise<RegExpMatchArray>
  /** Its page. */
  url(): Promise<string>
  /** Its exit code, or the signal that ended it, when all its output is there. */
  readonly ended: Promise<number | string>
  leave(signal?: NodeJS.Signals): Promise<number | string>
}

const tempDatabase = (): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "uptime-"))
  cleanups.push(() => fs.rmSync(directory, { recursive: true }))
  return path.join(directory, "uptime.db")
}

type Start = (database: string, targets: ReadonlyArray<string>, settings?: Record<string, string>) => Monitor

const starter = ({ name, readable }: Program): Start => (database, targets, settings = {}) => {
  const main = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url))
  const defaults = {
    PORT: "0",
    TARGETS: "",
    INTERVAL: "50 millis",
    REPORT_URL: nowhere,
    DATABASE: database,
    OPS_PORT: "0",
    DRAIN_DELAY: "1 millis"
  }
  const child = spawn(process.execPath, [main, ...targets], {
    env: { ...process.env, ...defaults, ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const lines: Array<string> = []
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ""
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (rest + chunk).split("\n")
      rest = parts.pop() ?? ""
      lines.push(...parts.flatMap(readable))
      watchers.forEach((watch) => watch())
    })
  }
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string)
  cleanups.push(async () => {
    child.kill("SIGKILL")
    await ended
  })

  const line = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = () => {
        const match = lines.map((line) => line.match(pattern)).find((match) => match !== null)
        if (match === undefined || match === null) return
        watchers.delete(look)
        resolve(match)
      }
      watchers.add(look)
      look()
      void ended.then((end) => reject(new Error(`ended with ${end}, without ${pattern}:\n${lines.join("\n")}`)))
    })
  return {
    child,
    lines,
    line,
    url: async () => (await line(/listening on (\S+)/))[1] as string,
    ended,
    leave: (signal = "SIGINT") => {
      child.kill(signal)
      return ended
    }
  }
}

// --- what it did ---

/** The results it has logged, in order: `url up`. Every check that came to a result is one line. */
const logged = (monitor: Monitor): ReadonlyArray<string> =>
  monitor.lines.flatMap((line) => {
    const match = line.match(/\[checker\] (\S+) is (up|down)/)
    return match === null ? [] : [`${match[1]} ${match[2]}`]
  })

/** How long the reporter waited for each restart, in milliseconds. */
const delays = (monitor: Monitor): ReadonlyArray<number> =>
  monitor.lines.flatMap((line) => {
    const match = line.match(/\[reporter\] restarting in ([\d.]+) (m?s)$/)
    return match === null ? [] : [Number(match[1]) * (match[2] === "s" ? 1000 : 1)]
  })

/** The results in the database, in the same form. */
const stored = (database: string): ReadonlyArray<string> =>
  read(database, "SELECT target || iif(up, ' up', ' down') AS result FROM results ORDER BY id")
    .map(({ result }) => String(result))

const read = (database: string, sql: string) => {
  const connection = new DatabaseSync(database, { timeout: 10_000 })
  try {
    return connection.prepare(sql).all()
  } finally {
    connection.close()
  }
}

/** Nobody else can write until the returned function is called. */
const lock = (database: string) => {
  const blocker = new DatabaseSync(database, { timeout: 10_000 })
  cleanups.push(() => blocker.close())
  blocker.exec("BEGIN IMMEDIATE")
  return () => blocker.exec("ROLLBACK")
}

/** Waits for a fact outside of the process's output; only the test's timeout bounds it. */
const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 10))
}

// --- the sites ---

const listen = async (handler: Http.RequestListener): Promise<string> => {
  const server = Http.createServer(handler).listen(0, "127.0.0.1")
  await once(server, "listening")
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const healthy = () => listen((_, response) => response.end("fine"))

/** Answers after 0 to 30 ms, so that checks are in flight at any moment, and counts the answers it has given. */
const busy = async () => {
  let asked = 0
  let answered = 0
  const url = await listen((_, response) => {
    response.on("finish", () => answered++)
    setTimeout(() => response.end("fine"), (asked++ * 7) % 31)
  })
  return { url, answered: () => answered }
}

interface Page {
  readonly services: ReadonlyArray<{ name: string; _tag: string; restarts: number; cause?: unknown }>
  readonly targets: ReadonlyArray<{ target: string; up: boolean; status?: number; error?: string; millis: number }>
}

const look = async (url: string): Promise<Page> => {
  const response = await fetch(url)
  expect(response.headers.get("content-type")).toBe("application/json")
  return await response.json() as Page
}

const waiting = new Set(["Starting", "Running", "Backoff"])

const refused = async (
  start: Start,
  targets: ReadonlyArray<string>,
  settings: Record<string, string>,
  message: string
) => {
  const database = tempDatabase()
  const monitor = start(database, targets, settings)
  expect(await monitor.ended).toBe(78)
  expect(monitor.lines.filter((line) => line.startsWith("uptime: "))).toEqual([expect.stringContaining(message)])
  expect(monitor.lines.filter((line) => line.includes(" info "))).toEqual([])
  expect(fs.existsSync(database)).toBe(false)
}

/** A connection on which one request was answered, and the first half of the next is sent. */
const halfAsked = async (url: string) => {
  const socket = Net.connect(Number(new URL(url).port), "localhost").setEncoding("utf8")
  let answers = ""
  socket.on("data", (chunk: string) => answers += chunk).on("error", () => {})
  const head = "GET / HTTP/1.1\r\nhost: localhost\r\n"
  socket.write(`${head}\r\n${head}`) // at once, so that who has answered the one has seen the other
  await once(socket, "data")
  return { socket, closed: once(socket, "close"), answers: () => answers }
}

/** The same moments in every run of the tests. */
const moments = (seed: number, count: number, below: number): ReadonlyArray<number> =>
  Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(seed / 2 ** 32 * below)
  })

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

describe.each(programs)("$name", (program) => {
  const start = starter(program)

  describe("the uptime monitor", () => {
    it("checks, shows, restarts its reporter, leaves with 0 on SIGINT, and has kept every result", async () => {
      const site = await healthy()
      const database = tempDatabase()
      const monitor = start(database, [site, nowhere])
      const url = await monitor.url()

      await monitor.line(/\[checker\] .* is up \(200\)/)
      await monitor.line(/\[checker\] .* is down \(.*ECONNREFUSED/)
      await monitor.line(/\[reporter\] crashed/)
      await monitor.line(/cannot report to http:\/\/127\.0\.0\.1:2\/: fetch failed: connect ECONNREFUSED/)
      await monitor.line(/\[reporter\] restarting in/)
      await until(() => delays(monitor).length >= 2)
      expect(delays(monitor)[1]).toBeGreaterThan(delays(monitor)[0] ?? NaN)

      const page = await look(url)
      expect(page.services.map(({ name }) => name)).toEqual(["server", "store", "checker", "reporter"])
      expect(page.services.filter(({ _tag }) => !waiting.has(_tag))).toEqual([])
      let reporter = page.services[3]
      while (reporter?._tag !== "Backoff") reporter = (await look(url)).services[3] // it may just run
      expect(reporter.restarts).toBeGreaterThanOrEqual(1)
      expect(JSON.stringify(reporter.cause)).toContain("cannot report to http://127.0.0.1:2/: fetch failed")
      expect(page.targets.find(({ target }) => target === site)).toMatchObject({ up: true, status: 200 })
      expect(page.targets.find(({ target }) => target === nowhere)).toMatchObject({ up: false })
      expect((await fetch(new URL("/else", url))).status).toBe(404)

      expect(await monitor.leave()).toBe(0)
      expect(stored(database)).toEqual(logged(monitor))
      expect(new Set(stored(database))).toEqual(new Set([`${site} up`, `${nowhere} down`]))
    })

    it("checks its own page and an address where nobody listens if it is told no targets", async () => {
      const database = tempDatabase()
      const monitor = start(database, [])
      const url = await monitor.url()
      await until(() => logged(monitor).includes(`${url} up`))
      await monitor.line(/http:\/\/localhost:4999\/ is (up|down)/) // nobody usually listens
      expect(await monitor.leave()).toBe(0)
      expect(stored(database)).toEqual(logged(monitor))
    })

    it("takes the targets from TARGETS, but rather from the arguments", async () => {
      const site = await healthy()
      const one = start(tempDatabase(), [], { TARGETS: `${site}one, ${site}two` })
      await one.line(/\/one is up/)
      await one.line(/\/two is up/)
      const other = start(tempDatabase(), [`${site}three`], { TARGETS: `${site}four` })
      await other.line(/\/three is up/)
      expect(await one.leave()).toBe(0)
      expect(await other.leave()).toBe(0)
      expect(other.lines.join("\n")).not.toContain("/four")
    })

    it("reports once somebody takes the reports", async () => {
      const taken: Array<string> = []
      const upstream = await listen((request, response) => {
        if (taken.push("") === 1) return response.writeHead(503).end() // not yet
        request.setEncoding("utf8").on("data", (chunk) => taken.push(chunk)).on("end", () => response.end())
      })
      const monitor = start(tempDatabase(), [await healthy(), nowhere], { REPORT_URL: upstream })
      await monitor.line(/\[reporter\] crashed/)
      await monitor.line(/cannot report to .*\b503\b/)
      await monitor.line(/\[reporter\] reported \{"up":1,"down":1\}/)
      expect(taken).toContain("{\"up\":1,\"down\":1}")
      expect(await monitor.leave()).toBe(0)
    })

    it("leaves in silence while an upstream and a target keep it waiting", async () => {
      const asked = new Set<string>()
      const silent = await listen((request) => void asked.add(`${request.method} ${request.url}`))
      const database = tempDatabase()
      const monitor = start(database, [silent], { REPORT_URL: `${silent}reports` })
      await until(() => asked.has("GET /") && asked.has("POST /reports"))
      expect(await monitor.leave()).toBe(0)
      expect(monitor.lines.filter((line) => / (error|warn) /.test(line))).toEqual([])
      expect(stored(database)).toEqual([]) // a check that was broken off is no result
    })

    it("checks on while a target does not answer, and another does not come to an end", async () => {
      const asked = new Set<string>()
      const silent = await listen(() => void asked.add("silent"))
      const endless = await listen((_, response) => {
        asked.add("endless")
        response.write("fine so far")
      })
      const site = await healthy()
      const database = tempDatabase()
      const monitor = start(database, [silent, endless, site])
      await until(() => asked.size === 2 && logged(monitor).length >= 5)
      expect(await monitor.leave()).toBe(0)
      expect(new Set(logged(monitor))).toEqual(new Set([`${site} up`]))
      expect(stored(database)).toEqual(logged(monitor))
    })

    it("says what is wrong with its settings before anything starts", async () => {
      await refused(start, ["example.com"], {}, "not \"example.com\"")
      await refused(start, [], { TARGETS: "http://localhost/, ftp://localhost/" }, "not \"ftp://localhost/\"")
      await refused(start, [], { PORT: "eighty" }, "PORT")
      await refused(start, [], { INTERVAL: "0 millis" }, "INTERVAL")
    })

    it("crashes its server while the port is taken, and listens once it is free", async () => {
      const taken = Http.createServer().listen(0)
      await once(taken, "listening")
      const { port } = taken.address() as AddressInfo
      const monitor = start(tempDatabase(), [nowhere], { PORT: String(port) })
      await monitor.line(/\[server\] crashed/)
      await monitor.line(/EADDRINUSE/)
      await monitor.line(/is down/) // the others go on
      taken.close()
      expect(await monitor.url()).toBe(`http://localhost:${port}/`)
      expect(await monitor.leave()).toBe(0)
    })
  })

  describe("leaving", () => {
    it("closes kept-alive connections at once, and answers who has begun to ask", async () => {
      const monitor = start(tempDatabase(), [nowhere])
      const url = await monitor.url()
      const agent = new Http.Agent({ keepAlive: true })
      cleanups.push(() => agent.destroy())
      const [response] = await once(Http.get(url, { agent }), "response") as [Http.IncomingMessage]
      const idle = response.socket
      await once(response.resume(), "end")
      expect(response.headers.connection).toBe("keep-alive")
      const half = await halfAsked(url)

      const idleClosed = once(idle, "close")
      const ended = monitor.leave()
      await idleClosed
      expect(half.socket.readyState).toBe("open")
      const before = half.answers().length
      half.socket.write("\r\n")
      await half.closed

      const answer = half.answers().slice(before)
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(answer).toMatch(/^connection: close\r$/im)
      expect(JSON.parse(answer.slice(answer.indexOf("{")))).toHaveProperty("targets")
      expect(await ended).toBe(0)
    })
  })

  describe("whenever it is ended", () => {
    it.each([0, ...moments(42, 8, 1000)])("keeps every result when it gets SIGTERM after %i ms", async (delay) => {
      const site = await busy()
      const database = tempDatabase()
      const monitor = start(database, [site.url, nowhere], { INTERVAL: "20 millis" })
      await monitor.url()
      await sleep(delay)
      expect(await monitor.leave("SIGTERM"), monitor.lines.join("\n")).toBe(0)
      expect(stored(database)).toEqual(logged(monitor))
      // Seen from the site: all answers are there, but perhaps one which came as the check was broken off.
      expect(stored(database).filter((result) => result.startsWith(site.url)).length)
        .toBeGreaterThanOrEqual(site.answered() - 1)
    })

    it.each(moments(7, 2, 1000))("has a sound database after SIGKILL after %i ms, and appends to it", async (delay) => {
      const site = await busy()
      const database = tempDatabase()
      const monitor = start(database, [site.url, nowhere], { INTERVAL: "20 millis" })
      await monitor.url()
      await until(() => stored(database).length > 0)
      await sleep(delay)
      expect(await monitor.leave("SIGKILL")).toBe("SIGKILL")

      expect(read(database, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }])
      const survivors = stored(database)
      expect(survivors).toEqual(logged(monitor).slice(0, survivors.length)) // only the last batch can be lost

      const next = start(database, [site.url, nowhere], { INTERVAL: "20 millis" })
      await next.line(/is up/)
      expect(await next.leave()).toBe(0)
      expect(stored(database)).toEqual([...survivors, ...logged(next)])
    })
  })
})

/** For what takes its time: the programs pass it together. */
const sideBySide = (name: string, test: (start: Start) => Promise<void>) =>
  it(name, async () => {
    await Promise.all(programs.map((program) =>
      test(starter(program)).catch((error: unknown) => {
        throw new Error(`${program.name} fails`, { cause: error })
      })
    ))
  })

describe("both monitors", () => {
  sideBySide("do not wait for ever for the other half of a request", async (start) => {
    const monitor = start(tempDatabase(), [nowhere])
    const url = await monitor.url()
    const socket = Net.connect(Number(new URL(url).port), "localhost").on("error", () => {})
    const closed = once(socket, "close")
    await once(socket, "connect")
    await new Promise<void>((resolve) => socket.write("GET / HTTP/1.1\r\n", () => resolve()))
    await fetch(url) // who has answered this has seen the half
    expect(await monitor.leave()).toBe(0)
    await closed
  })

  sideBySide("write what they could not while the database was locked, once, and in order", async (start) => {
    const database = tempDatabase()
    const monitor = start(database, [nowhere])
    await until(() => logged(monitor).length > 0 && stored(database).length > 0)
    const unlock = lock(database)
    await monitor.line(/\[store\] crashed/)
    await monitor.line(/database is locked/)
    unlock()
    const before = stored(database).length
    await until(() => stored(database).length > before)
    expect(await monitor.leave()).toBe(0)
    expect(stored(database)).toEqual(logged(monitor))
  })

  sideBySide("do not lose results in silence if they cannot write at the end", async (start) => {
    const database = tempDatabase()
    const monitor = start(database, [nowhere])
    await monitor.url()
    const unlock = lock(database)
    await until(() => logged(monitor).length > stored(database).length)
    expect([1, 70]).toContain(await monitor.leave()) // 1: the store waits for its next run, so only the last write fails
    unlock()
    await monitor.line(/database is locked/)
    expect(stored(database).length).toBeLessThan(logged(monitor).length)
  })
})

describe("the metrics of uptime-effect", () => {
  it("count the checks, beside the governor's", async () => {
    const monitor = starter({ name: "uptime-effect", readable: fromLogFmt })(tempDatabase(), [nowhere])
    const url = await monitor.url()
    await until(() => logged(monitor).length >= 2)
    const metrics = await (await fetch(new URL("/metrics", url))).text()
    const counted = Number(
      metrics.match(/^uptime_checks_total\{target="http:\/\/127\.0\.0\.1:2\/",state="down"\} (\d+)$/m)?.[1]
    )
    expect(counted).toBeGreaterThanOrEqual(2)
    expect(metrics).toMatch(/^governor_services\{governor="uptime",state="Running"\} [34]$/m)
    expect(await monitor.leave()).toBe(0)
    expect(counted).toBeLessThanOrEqual(logged(monitor).length)
  })
})

const found = (target: string): Result => ({ target, time: 0, up: true, status: 200, millis: 1 })

describe("the store of uptime", () => {
  it("keeps what comes after its last run", async () => {
    const database = tempDatabase()
    const store = new Store(database)
    const governor = new Governor({ log: () => {} })
    governor.add("store", store)
    governor.start()
    store.add(found("early"))
    await governor.shutdown()
    store.add(found("late"))
    store.close()
    expect(stored(database)).toEqual(["early up", "late up"])
  })

  it("crashes when it cannot write, and writes all of it in its next run, once", async () => {
    const database = tempDatabase()
    const store = new Store(database)
    const blocker = new DatabaseSync(database)
    cleanups.push(() => blocker.close())
    const governor = new Governor({ log: () => {} }).restart("1 millis")
    const crashes: Array<string> = []
    governor.onEvent((event) => {
      if (event._tag !== "ServiceCrashed" || crashes.push(event.cause.message) > 1) return
      blocker.exec("ROLLBACK")
      store.add(found("second"))
    })
    store.add(found("first"))
    blocker.exec("BEGIN IMMEDIATE")
    governor.add("store", store)
    governor.start()
    await until(() => stored(database).length > 0)
    await governor.shutdown()
    store.close()
    expect(crashes).toEqual(["database is locked"])
    expect(stored(database)).toEqual(["first up", "second up"])
  })
})
