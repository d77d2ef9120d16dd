/**
 * The numbered examples as processes of their own: each does what its head comment promises.
 */
import { EventEmitter, once } from "node:events"
import * as fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import * as path from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { freePort } from "../../examples/cluster/freePort.ts"
import config from "../../vitest.config.ts"
import { type Child, run, start } from "../child.ts"

const folder = path.join(import.meta.dirname, "../../examples")
const files = fs.globSync("[0-9]*.ts", { cwd: folder }).toSorted()

/** What is tested of an example: sentences, and how to find out. */
type Start = (env?: Record<string, string>) => Child
type Claims = Record<string, (start: Start) => Promise<void>>

/** A server that listens on any free port and does not wait for load balancers. */
const atOnce = { PORT: "0", DRAIN: "0", GRACE: "0" }

const left = { code: 0, signal: null }

const leave = (child: Child) => {
  child.kill("SIGINT")
  return child.exit
}

/** Its lines, without time and level. Those of stdout are in order, and those of stderr; which comes first is chance. */
const lines = (child: Child, pattern = /./): ReadonlyArray<string> =>
  child.output().trimEnd().split("\n")
    .map((line) => line.replace(/^[\d:.]{12} \w+ |^\[[\d:.]{12}\] \w+ \(#\d+\): /, ""))
    .map((line) => line.replace(/^(.*) \{ service: '(.*)', run: (\d+) \}$/, "[$2 $3] $1"))
    .filter((line) => pattern.test(line) && !/\] ready in /.test(line)) // which differs from run to run

/** The first group of each match. */
const eachOf = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  [...text.matchAll(pattern)].map(([, group]) => group as string)

const each = (child: Child, pattern: RegExp): ReadonlyArray<string> => eachOf(child.output(), pattern)

/** Where a server says that it listens. */
const address = async (child: Child): Promise<URL> =>
  new URL((await child.printed(/[Ll]istening on ([^\s"]+)[^]*\n/))[1] as string)

/** The last service to be ready is named. */
const tellsSystemd = (last: string) => async (start: Start) => {
  const socket = `@examples-${process.pid}-${last}`
  const systemd = run("systemd", [socket])
  await systemd.printed("listening")
  const child = start({ PORT: "0", NOTIFY_SOCKET: socket })
  await systemd.printed("READY=1")
  expect(child.output()).toContain(last)
  expect(await leave(child)).toEqual(left)
  await systemd.printed("STOPPING=1")
}

const isIncluded = (file: string) => {
  const include = config.test?.include ?? []
  expect(include.some((pattern) => path.matchesGlob(`examples/${file}`, pattern))).toBe(true)
}

/** A connection of which all that comes can be waited for. */
const connect = (url: URL) => {
  const socket = Net.connect(Number(url.port), url.hostname.replace(/[[\]]/g, "")).setEncoding("utf8")
  let answers = ""
  socket.on("data", (chunk: string) => answers += chunk).on("error", () => {})
  const closed = once(socket, "close").then(() => answers)
  const came = async (text: string) => {
    while (!answers.includes(text)) {
      if (socket.closed) throw new Error(`the connection was closed without "${text}":\n${answers}`)
      await Promise.race([once(socket, "data"), closed])
    }
  }
  return { send: (text: string) => void socket.write(text), came, closed, isOpen: () => socket.readyState === "open" }
}

const request = (method: string, url: URL, ...headers: ReadonlyArray<string>) =>
  [`${method} / HTTP/1.1`, `host: ${url.host}`, ...headers, "", ""].join("\r\n")

/** Gives the signal while one client only keeps its connection and another has sent half of a request. */
const leaveInTheMiddle = async (child: Child, head: (url: URL) => string, answer: string) => {
  const url = await address(child)
  const idle = connect(url)
  idle.send(request("GET", url))
  await idle.came("200 OK")
  const half = connect(url)
  half.send(`${request("GET", url)}${head(url)}"one`) // at once: who has answered the first knows of the second
  await half.came("200 OK")
  const exit = leave(child)
  await idle.closed
  expect(half.isOpen()).toBe(true)
  half.send(` two"`)
  expect(await half.closed).toContain(answer)
  return { exit }
}

/** Asks on a connection that is kept alive, again and again, until the server takes no connection, and notes how it went. */
const askOnAndOn = (url: URL) => {
  const agent = new Http.Agent({ keepAlive: true, maxSockets: 1 })
  const said = new EventEmitter()
  const ask = async (): Promise<string> => {
    const request = Http.get(url, { agent })
    try {
      const [response] = await once(request, "response") as [Http.IncomingMessage]
      await once(response.resume(), "end")
      return `${response.statusCode} ${response.headers.connection}`
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error)
    }
  }
  const asking = async () => {
    const answers: Array<string> = []
    while (!answers.includes("ECONNREFUSED")) {
      const answer = await ask()
      answers.push(answer)
      said.emit(answer)
    }
    return answers.filter((answer, i) => answer !== answers[i - 1])
  }
  return { heard: (answer: string) => once(said, answer), answers: asking().finally(() => agent.destroy()) }
}

/** Of a server: whoever asks is answered before, in and after the drain, and nobody waits for a connection that is kept. */
const losesNoRequest = async (start: Start): Promise<void> => {
  const child = start({ PORT: "0", DRAIN: "2000", GRACE: "3600000" })
  const url = new URL("/ready", await address(child))
  const clients = Array.from({ length: 20 }, () => askOnAndOn(url))
  await Promise.all(clients.map(({ heard }) => heard("200 keep-alive")))
  child.kill("SIGTERM")
  await Promise.all(clients.map(({ heard }) => heard("503 keep-alive")))
  expect((await fetch(url)).status).toBe(503) // on a new connection, while it drains
  const answers = await Promise.all(clients.map(({ answers }) => answers))
  expect(answers).toEqual(clients.map(() => ["200 keep-alive", "503 keep-alive", "503 close", "ECONNREFUSED"]))
  expect(await child.exit).toEqual(left)
}

/** A server whose port is taken, with what frees the port. */
const onTakenPort = async (start: (env: Record<string, string>) => Child, host?: string) => {
  const taken = Net.createServer().listen(0, host)
  await once(taken, "listening")
  const child = start({ ...atOnce, PORT: String((taken.address() as Net.AddressInfo).port) })
  await child.printed("EADDRINUSE")
  await child.printed(/restarting in 1 s\s/)
  return { child, free: () => void taken.close() }
}

/** Takes what is sent by OTLP, as JSON. */
const collector = async () => {
  const bodies: Array<{ readonly url: string | undefined; readonly body: string }> = []
  const server = Http.createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => body += chunk.toString()).on("end", () => {
      bodies.push({ url: request.url, body })
      response.end("{}")
    })
  }).listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await once(server, "listening")
  return {
    endpoint: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`,
    /** The first group of each match in what came there. */
    received: (url: string, pattern: RegExp): ReadonlyArray<string> =>
      eachOf(bodies.filter((sent) => sent.url === url).map(({ body }) => body).join("\n"), pattern)
  }
}

/** Of a queue: whatever is accepted is processed, in order and once. */
const leavesNothing =
  (restarting: string, crash: { readonly pattern: RegExp; readonly line: string }) =>
  async (start: Start): Promise<void> => {
    const moments = ["accepted 5 orders", "processed order 3", restarting, "accepted 15 orders"]
    await Promise.all(moments.map(async (moment) => {
      const child = start()
      await child.printed(moment)
      child.kill("SIGINT")
      if (moment === restarting) {
        await child.printed("accepts no more") // the restart is still to come, and at least four orders
        child.kill("SIGINT")
      }
      expect(await child.exit).toEqual(left)
      const accepted = Number(each(child, /accepted (\d+) orders/g).at(-1))
      expect(accepted % 5).toBe(0)
      expect(each(child, /processed order (\d+)/g).map(Number))
        .toEqual(Array.from({ length: accepted }, (_, i) => i + 1))
      expect(lines(child, /\d processed$/)).toEqual([`${accepted} orders accepted, ${accepted} processed`])
      expect(lines(child, crash.pattern)).toEqual(accepted >= 7 ? [crash.line] : [])
    }))
  }

/** Of a tree in which the parser hangs: it and the store begin again, and nobody else does. */
const restartsTheRest = (again: string) => async (start: Start): Promise<void> => {
  const child = start()
  await child.printed(again)
  expect(await leave(child)).toEqual(left)
  expect(child.output()).toContain(`hung: run 1 of service "parser" gave no heartbeat within 1 s`)
  const who = /^\[(?:ingest\/)?(\w+)(?: \d)?\](?= begins| ends)/
  const said = lines(child, who).map((line) => line.replace(who, "$1"))
  expect(said.slice(0, 9)).toEqual([
    ...["feed", "parser", "store", "api"].map((name) => `${name} begins (run 1)`),
    "parser ends",
    "store ends",
    "parser begins (run 2)",
    "store begins (run 2)",
    "api ends"
  ])
  expect(said.slice(9).toSorted()).toEqual(["feed ends", "parser ends", "store ends"])
  expect(lines(child).slice(-5)).toEqual([
    "ingest: Stopped",
    "ingest/feed: Stopped",
    "ingest/parser: Stopped",
    "ingest/store: Stopped",
    "api: Stopped"
  ])
}

const stopsTheBound = async (start: Start) => {
  const child = start()
  await child.printed(/the answer is 503[^]*the answer is 200/)
  expect(await leave(child)).toEqual(left)
  const said = /takes jobs|has finished its job|the answer is \d+/
  expect(lines(child, said).slice(0, 6).map((line) => said.exec(line)![0])).toEqual([
    "takes jobs",
    "the answer is 200",
    "has finished its job",
    "the answer is 503",
    "takes jobs",
    "the answer is 200"
  ])
}

const followsTheTree = (shown: ReadonlyArray<string>) => async (start: Start) => {
  const child = start()
  await child.printed(/ingest\/reader: ServiceStarting[^]*ingest\/reader: ServiceReady/)
  expect(await leave(child)).toEqual(left)
  const said = lines(child, /^\[page/).map((line) => line.replace(/^\[.*?\] /, ""))
  expect(said.slice(0, shown.length).map((line) => line.split(":")[0])).toEqual(shown)
  expect(said.filter((line) => line.startsWith("ingest/reader: Service"))).toEqual([
    "ingest/reader: ServiceCrashed",
    "ingest/reader: ServiceStarting",
    "ingest/reader: ServiceReady"
  ])
}

/** `run` is how its lines name the first run. */
const restartsTheMute = (run: string) => async (start: Start) => {
  const child = start({ PORT: String(await freePort()) })
  await child.printed(/restarting in[^]*ready in/)
  expect(await leave(child)).toEqual(left)
  const mute = "failed 2 times in a row: TimeoutError: the check took longer than 100 ms"
  expect(lines(child, /^\[.* (hung|crashed)/)).toEqual([
    `[server${run}] hung: the liveness probe of run 1 of service "server" ${mute}`,
    `[server${run}] crashed: the liveness probe of run 1 of service "server" ${mute}, and has ended now`
  ])
  expect(lines(child, /^\[(?!.* (hung|crashed))/)).toEqual([
    `[client${run}] the port is open`,
    `[server${run}] restarting in 200 ms`
  ])
}

/** Of a thread that is blocked: it begins again, and the clock beside it goes on meanwhile. `run` is how its lines name a run. */
const replacesTheBlocked = (run: (run: number) => string, more: ReadonlyArray<string>) => async (start: Start) => {
  const child = start()
  const count = "9592 primes up to 100000"
  await child.printed(/restarting in 100 ms[^]*9592 primes/)
  expect(await leave(child)).toEqual(left)
  const limit = `run 1 of service "primes" gave no heartbeat within 1 s`
  expect(lines(child, /^\[primes/).filter((line) => !/notes/.test(line))).toEqual([
    `[primes${run(1)}] ${count}`,
    `[primes${run(1)}] is blocked from here on`,
    `[primes${run(1)}] hung: ${limit}`,
    `[primes${run(1)}] crashed: ${limit}, and has ended now`,
    `[primes${run(1)}] restarting in 100 ms`,
    `[primes${run(2)}] ${count}`
  ])
  expect(lines(child, /notes/)).toEqual(more)
  const [, meanwhile = ""] = /is blocked([^]*)gave no heartbeat[^]*crashed/.exec(child.output()) ?? []
  expect(eachOf(meanwhile, /tick (\d+)/g).length).toBeGreaterThan(0)
}

/** Of a server that is a process: the client begins when it answers, also the next time. */
const waitsForTheServer = (run: (run: number) => string) => async (start: Start) => {
  const child = start({ PORT: String(await freePort()) })
  const [, pid] = await child.printed(/process (\d+) listens[^]*answers/)
  process.kill(Number(pid), "SIGKILL")
  const [, next] = await child.printed(/restarting in[^]*process (\d+) listens[^]*answers/)
  expect(await leave(child)).toEqual(left)
  const said = /^\[(server|client).*\] (process|the server answers|restarting|stopping)/
  const each = lines(child, said).filter((line, i, all) => line !== all[i - 1])
  const [stopping, restarting] = [
    `[client${run(1)}] stopping, because "server" is not ready`,
    `[server${run(1)}] restarting in 100 ms`
  ]
  expect(each.slice(0, 2)).toEqual([
    `[server${run(1)}] process ${pid} listens`,
    `[client${run(1)}] the server answers +PONG`
  ])
  expect(each.slice(2, 4).toSorted()).toEqual([stopping, restarting])
  expect(each.slice(4)).toEqual([
    `[server${run(2)}] process ${next} listens`,
    `[client${run(2)}] the server answers +PONG`
  ])
  expect(() => process.kill(Number(next), 0)).toThrow("ESRCH")
}

const examples: Record<string, Claims> = {
  "01-hello.ts": {
    "says hello, crashes, says it again, and leaves with 0": async (start) => {
      const child = start()
      await child.printed("hello from run 2")
      expect(await leave(child)).toEqual(left)
      const said = lines(child, /hello\] (hello|restart)|shut/)
      expect(said.slice(0, 3))
        .toEqual(["[hello] hello from run 1", "[hello] restarting in 500 ms", "[hello] hello from run 2"])
      expect(said.slice(-2)).toEqual(["shutting down: received SIGINT", expect.stringMatching(/^shut down in \d+ ms$/)])
      expect(lines(child)).toContain("Error: something went wrong")
    }
  },

  "02-hello-effect.ts": {
    "says hello, crashes, says it again, and leaves with 0": async (start) => {
      const child = start()
      await child.printed("hello from run 2")
      expect(await leave(child)).toEqual(left)
      const said = lines(child, /\] (hello|restart)|^crashed|^shut/)
      expect(said.slice(0, 4)).toEqual([
        "[hello 1] hello from run 1",
        "crashed WentWrong: something went wrong",
        "[hello 1] restarting in 500 ms",
        "[hello 2] hello from run 2"
      ])
      expect(said.slice(-2)).toEqual(["shutting down: received SIGINT", expect.stringMatching(/^shut down in \d+ ms$/)])
    }
  },

  "03-backoff.ts": {
    "restarts later and later, starts over after a good run, gives up the hopeless, and exits with 1": async (
      start
    ) => {
      const child = start()
      expect(await child.exit).toEqual({ code: 1, signal: null })
      const delays = each(child, /\[prices\] restarting in (\d+) ms/g).map(Number)
      const around = [[40, 60], [80, 120], [160, 240], [240, 300], [40, 60]] as const
      expect(delays).toHaveLength(around.length)
      around.forEach(([least, most], i) => {
        expect(delays[i]).toBeGreaterThanOrEqual(least)
        expect(delays[i]).toBeLessThanOrEqual(most)
      })
      expect(delays).not.toEqual([50, 100, 200, 300, 50]) // jitter
      expect(lines(child, /prices.* says/)).toEqual(
        [5, 6, 7, 8, 10, 11, 12, 13, 14].map((call) => `[prices] the upstream says: call ${call}: fine`)
      )
      expect(lines(child, /^\[weather/)).toEqual([
        ...[1, 2, 3].flatMap((call) => [
          `[weather] crashed: call ${call}: service unavailable`,
          expect.stringMatching(/^\[weather\] restarting in \d+ ms$/)
        ]),
        "[weather] crashed: call 4: service unavailable",
        expect.stringMatching(/^\[weather\] restarted too often: .* maxRestarts is 3$/),
        "[weather] failed, and will not be restarted"
      ])
      expect(lines(child).slice(-2)).toEqual([
        "prices: Stopped",
        expect.stringMatching(/^weather: Failed, .* maxRestarts is 3$/)
      ])
    }
  },

  "04-backoff-effect.ts": {
    "restarts later and later, gives up the hopeless, reports all its errors, and exits with 1": async (start) => {
      const child = start()
      expect(await child.exit).toEqual({ code: 1, signal: null })
      const delays = (service: string) =>
        each(child, new RegExp(`in (\\d+) ms { service: '${service}'`, "g")).map(Number)
      const around = [[40, 60], [80, 120], [120, 180]] as const
      for (const service of ["prices", "weather"]) {
        expect(delays(service)).toHaveLength(around.length)
        around.forEach(([least, most], i) => {
          expect(delays(service)[i]).toBeGreaterThanOrEqual(least)
          expect(delays(service)[i]).toBeLessThanOrEqual(most)
        })
      }
      expect(delays("prices")).not.toEqual(delays("weather")) // jitter
      expect(lines(child, /answered/)).toEqual(["[prices 4] answered in run 4"])
      expect(lines(child).slice(-7)).toEqual([
        "prices: Stopped",
        "weather: Failed",
        expect.stringMatching(/^service "weather" needed 4 restarts within .* maxRestarts is 3$/),
        ...[1, 2, 3, 4].map((run) => expect.stringContaining(`unavailable in run ${run}`))
      ])
    }
  },

  "05-server.ts": {
    "loses no request of clients that keep their connections": losesNoRequest,
    "answers who has begun to ask, closes each connection as soon as it is idle, and cuts off who never ends": async (
      start
    ) => {
      const child = start(atOnce)
      await child.printed(/listening on [^]*\nready\n/)
      const head = (url: URL) => request("POST", url, "content-length: 9")
      const url = await address(child)
      const endless = connect(url)
      endless.send(request("POST", url, "content-length: 100") + "three")
      await endless.came("three")
      const { exit } = await leaveInTheMiddle(child, head, ` two"`)
      endless.send("four")
      await endless.came("four") // the server still waits for it, while it did not for the other
      await endless.closed
      expect(await exit).toEqual(left)
    },
    "crashes while the port is taken, and listens once it is free": async (start) => {
      const { child, free } = await onTakenPort(start)
      free()
      await child.printed(/^ready$/m)
      expect(await leave(child)).toEqual(left)
    },
    "does not say that it is ready when it never was": async (start) => {
      const { child } = await onTakenPort(start)
      expect(await leave(child)).toEqual(left)
      expect(lines(child, /^ready/)).toEqual([])
    }
  },

  "06-server-effect.ts": {
    "loses no request of clients that keep their connections": losesNoRequest,
    "is ready when it listens, answers who has begun to ask, closes what is idle, and cuts off who never ends": async (
      start
    ) => {
      const child = start(atOnce)
      await child.printed(/Listening on [^]*: ready in .* { service: 'web', run: 1 }\n/)
      const head = (url: URL) => request("POST", url, "content-length: 9")
      const url = await address(child)
      const endless = connect(url)
      endless.send(request("GET", url) + request("POST", url, "content-length: 100") + "three")
      await endless.came("200 OK")
      const { exit } = await leaveInTheMiddle(child, head, `"one two"`)
      expect(endless.isOpen()).toBe(true)
      await endless.closed
      expect(await exit).toEqual(left)
      expect(lines(child, /still stopping/)).toEqual([])
    },
    "crashes while the port is taken, and listens once it is free": async (start) => {
      const { child, free } = await onTakenPort(start)
      expect(each(child, /: (ready) /g)).toEqual([])
      free()
      await child.printed(/: ready /)
      expect(await (await fetch(await address(child), { method: "POST", body: "hello" })).text()).toBe("hello")
      expect(await leave(child)).toEqual(left)
    }
  },

  "07-queue.ts": {
    "processes each order that was accepted, whenever it is to leave, also when it is told twice": leavesNothing(
      "[consumer] restarting",
      {
        pattern: /^Error: /,
        line: "Error: order 7 failed"
      }
    )
  },

  "08-queue-effect.ts": {
    "processes each order that was accepted, whenever it is to leave, also when it is told twice": leavesNothing(
      "restarting in 500 ms",
      {
        pattern: /^crashed/,
        line: "crashed OrderFailed: order 7 failed"
      }
    )
  },

  "09-class.ts": {
    "makes a new client after an error and after a close, and closes the last one": async (start) => {
      const child = start()
      await child.printed("message 4 of connection 3")
      expect(await leave(child)).toEqual(left)
      const messages = (connection: number) => [1, 2, 3].map((i) => `[feed] message ${i} of connection ${connection}`)
      const restarting = "[feed] restarting in 500 ms"
      const said = lines(child, /\[feed\] (mess|restart|closed)/)
      const closed = "[feed] closed"
      const twice = [...messages(1), closed, restarting, ...messages(2), closed, restarting]
      expect(said.slice(0, 13)).toEqual([...twice, ...messages(3)])
      expect(said.at(-1)).toBe(closed)
      expect(lines(child, /^Error: /)).toEqual(["Error: connection reset", "Error: the connection was closed"])
    }
  },

  "10-layer-effect.ts": {
    "opens a connection for each run, hears what it forked fail, and closes the archive last": async (start) => {
      const child = start()
      await child.printed("reading 4 of connection 2")
      expect(await leave(child)).toEqual(left)
      const said = lines(child, /archive|connection|restarting/)
      const reading = (run: number, reading: number, stored: number) =>
        `[poller ${run}] reading ${reading} of connection ${run}, ${stored} in the archive`
      expect(said.slice(0, 11)).toEqual([
        "archive opened",
        "[poller 1] connection 1 opened",
        reading(1, 1, 1),
        reading(1, 2, 2),
        "[poller 1] connection 1 closed",
        "crashed ConnectionLost: connection lost",
        "[poller 1] restarting in 500 ms",
        "[poller 2] connection 2 opened",
        reading(2, 1, 3),
        reading(2, 2, 4),
        reading(2, 3, 5)
      ])
      expect(said.indexOf("[poller 2] connection 2 closed")).toBe(said.length - 2)
      expect(said.indexOf("archive closed")).toBe(said.length - 1)
    }
  },

  "11-fastify.ts": {
    "loses no request of clients that keep their connections": losesNoRequest,
    "answers who has begun to ask, closes each connection as soon as it is idle, and leaves with 0": async (start) => {
      const child = start(atOnce)
      await child.printed(/listening on [^]*\nready\n/)
      const head = (url: URL) => request("POST", url, "content-type: application/json", "content-length: 9")
      const { exit } = await leaveInTheMiddle(child, head, `{"hello":"one two"}`)
      expect(await exit).toEqual(left)
    },
    "crashes while the port is taken, and listens once it is free": async (start) => {
      const { child, free } = await onTakenPort(start, "127.0.0.1")
      free()
      await child.printed(/^ready$/m)
      expect(await (await fetch(await address(child))).json()).toEqual({ hello: "world" })
      expect(await leave(child)).toEqual(left)
    },
    "does not say that it is ready when it never was": async (start) => {
      const { child } = await onTakenPort(start, "127.0.0.1")
      expect(await leave(child)).toEqual(left)
      expect(lines(child, /^ready/)).toEqual([])
    }
  },

  "12-cron.ts": {
    "is on time, never early, never twice at once, and breaks off what it does": async (start) => {
      const child = start()
      await child.printed(/\[backup\] done[^]*\[backup\] begun/)
      expect(await leave(child)).toEqual(left)

      const reports = [...child.output().matchAll(/([\d:.]{12}) info \[(\w+)\].* due at (.{10}T(.{12})Z)\n/g)]
        .map(([, printed = "", service = "", due = "", clock = ""]) => ({
          printed,
          service,
          due: Date.parse(due),
          clock
        }))
      for (const { clock, printed } of reports) {
        expect(clock).toMatch(/\.000$/)
        expect(printed >= clock, `${printed} is not before ${clock}`).toBe(true)
      }
      const dues = (of: string) => reports.filter(({ service }) => service === of).map(({ due }) => due)
      expect(dues("report")).toEqual([...new Set(dues("report"))].toSorted((a, b) => a - b))
      const [first = 0, second = 0] = dues("backup")
      expect(second - first).toBeGreaterThanOrEqual(2000)
      expect(lines(child, /\[backup\]/)).toEqual([
        expect.stringContaining("begun"),
        "[backup] done",
        expect.stringContaining("begun"),
        "[backup] broken off"
      ])
    }
  },

  "13-cron-effect.ts": {
    "is on time, never early, never twice at once, waits for the next time after a crash, and breaks off": async (
      start
    ) => {
      const child = start({ TZ: "UTC" })
      await child.printed(/: done[^]*begun/)
      expect(await leave(child)).toEqual(left)

      const reports = [
        ...child.output().matchAll(/^\[([\d:.]{12})\] .* due at (.{10}T(.{12})Z) { service: '(\w+)', run: \d }$/gm)
      ].map(([, printed = "", due = "", clock = "", service = ""]) => ({
        printed,
        service,
        due: Date.parse(due),
        clock
      }))
      for (const { clock, printed } of reports) {
        expect(clock).toMatch(/\.000$/)
        expect(printed >= clock, `${printed} is not before ${clock}`).toBe(true)
      }
      const dues = (of: string) => reports.filter(({ service }) => service === of).map(({ due }) => due)
      expect(dues("report").length).toBeGreaterThan(2)
      expect(dues("report")).toEqual([...new Set(dues("report"))].toSorted((a, b) => a - b))
      const [first = 0, second = 0, third = 0] = dues("backup")
      expect(second - first).toBeGreaterThanOrEqual(1000)
      expect(third - second).toBeGreaterThanOrEqual(2000)
      expect(lines(child, /\[backup \d\] \S|^crashed/)).toEqual([
        expect.stringContaining("[backup 1] begun"),
        "crashed, restarting at once DiskFull: the disk is full",
        expect.stringContaining("[backup 2] begun"),
        "[backup 2] done",
        expect.stringContaining("[backup 2] begun"),
        "[backup 2] broken off"
      ])
    }
  },

  "14-dynamic.ts": {
    "adds, stops, starts, restarts and removes while it runs, and ends by itself": async (start) => {
      const child = start()
      expect(await child.exit).toEqual(left)
      expect(lines(child).slice(0, -1)).toEqual([
        "[acme] open (run 1)",
        "[globex] open (run 1)",
        "two added: acme is Running (run 1), globex is Running (run 1)",
        "[acme] closed",
        "[acme] stopped by hand",
        "acme stopped: acme is Stopped (run 1), globex is Running (run 1)",
        "[acme] open (run 2)",
        "acme started: acme is Running (run 2), globex is Running (run 1)",
        "[globex] restarting by hand",
        "[globex] closed",
        "[globex] open (run 2)",
        "globex restarted: acme is Running (run 2), globex is Running (run 2)",
        "[initech] open (run 1)",
        "[acme] closed",
        "[acme] removed",
        "initech added, acme removed: globex is Running (run 2), initech is Running (run 1)",
        "[acme] open (run 1)",
        "another acme added: globex is Running (run 2), initech is Running (run 1), acme is Running (run 1)",
        "shutting down: closing time",
        "[globex] closed",
        "[initech] closed",
        "[acme] closed",
        expect.stringMatching(/^shut down in \d+ ms$/)
      ])
    }
  },

  "15-dynamic-effect.ts": {
    "adds, stops, starts, restarts and removes while it runs, closes what a layer had, and ends by itself": async (
      start
    ) => {
      const child = start()
      expect(await child.exit).toEqual(left)
      expect(lines(child)).toEqual([
        "  acme opens (run 1)",
        "  globex opens (run 1)",
        "two added: acme is Running (run 1), globex is Running (run 1)",
        "  acme closes",
        "[acme 1] stopped by hand",
        "acme stopped: acme is Stopped (run 1), globex is Running (run 1)",
        "  acme opens (run 2)",
        "acme started: acme is Running (run 2), globex is Running (run 1)",
        "[globex 1] restarting by hand",
        "  globex closes",
        "  globex opens (run 2)",
        "globex restarted: acme is Running (run 2), globex is Running (run 2)",
        "  database opens",
        "  initech opens (run 1)",
        "  acme closes",
        "[acme 2] removed",
        "initech added, acme removed: globex is Running (run 2), initech is Running (run 1)",
        "  initech closes",
        "[initech 1] removed",
        "  database closes",
        "initech's scope closed: globex is Running (run 2)",
        "shutting down: closing time",
        "  globex closes",
        expect.stringMatching(/^shut down in \d+ ms$/),
        "shut down: globex is Stopped (run 2)"
      ])
    }
  },

  "16-testing.test.ts": {
    "passes": async (start) => {
      const child = start()
      expect(await child.exit).toEqual(left)
      expect(child.output()).toMatch(/^. pass 6$/m)
    }
  },

  "17-testing-effect.test.ts": {
    "is one of the tests that vitest runs": async () => isIncluded("17-testing-effect.test.ts")
  },

  "18-observability-effect.ts": {
    "shows its metrics, and writes its log as JSON": async (start) => {
      const child = start({ PORT: "0", OTEL_EXPORTER_OTLP_ENDPOINT: "" })
      const url = new URL("/metrics", await address(child))
      await child.printed("the upstream answers")
      const scrape = async (): Promise<string> => (await fetch(url)).text()
      let metrics = await scrape()
      while (!metrics.includes(`state="Running"} 2`)) metrics = await scrape()
      const samples = metrics.split("\n").filter((line) => /^[^#].* [^0]/.test(line))
      expect(samples).toEqual([
        `governor_runs_total{governor="example"} 4`,
        `governor_services{governor="example",state="Running"} 2`,
        `governor_crashes_total{governor="example",service="flaky"} 2`,
        `governor_restarts_total{governor="example",service="flaky"} 2`
      ])
      expect(await leave(child)).toEqual(left)
      const log = lines(child).map((line) => JSON.parse(line))
      expect(
        log.filter(({ message }) => message === "crashed").map(({ annotations, level }) => ({ annotations, level }))
      )
        .toEqual([1, 2].map((run) => ({ annotations: { governor: "example", service: "flaky", run }, level: "ERROR" })))
      expect(log.at(-1)).toMatchObject({ level: "INFO", message: expect.stringMatching(/^shut down in \d+ ms$/) })
    },
    "sends spans, metrics and log lines to a collector, also those of its shutdown": async (start) => {
      const { endpoint, received } = await collector()
      const child = start({ PORT: "0", OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
      await address(child)
      await child.printed("the upstream answers")
      expect(await leave(child)).toEqual(left)
      const spans = received("/v1/traces", /"name":"(governor\.[^"]*)"/g)
      expect(spans.filter((name) => name === "governor.service.start")).toHaveLength(4)
      expect(spans.filter((name) => name === "governor.service.stop")).toHaveLength(2)
      expect(spans.filter((name) => name === "governor.shutdown")).toHaveLength(1)
      expect(new Set(received("/v1/metrics", /"name":"(governor_[^"]*)"/g))).toEqual(
        new Set(["governor_runs_total", "governor_services", "governor_crashes_total", "governor_restarts_total"])
      )
      expect(received("/v1/logs", /"stringValue":"(shut[^"]*)"/g)).toEqual([
        "shutting down: received SIGINT",
        expect.stringMatching(/^shut down in \d+ ms$/)
      ])
    }
  },

  "19-dependencies.ts": {
    "begins what depends on another once that is ready, gives up a start that takes too long, and ends in reverse":
      async (
        start
      ) => {
        const child = start()
        await child.printed(/^ready$/m)
        expect(await leave(child)).toEqual(left)
        expect(lines(child, /^\[database\] (hung|crashed)/)).toEqual([
          `[database] hung: run 1 of service "database" was not ready within 1 s`,
          `[database] crashed: run 1 of service "database" was not ready within 1 s, and has ended now`
        ])
        expect(lines(child, /^\[(?!.*(hung|crashed))|^api is|^ready/)).toEqual([
          "[database] connects",
          "[database] restarting in 500 ms",
          "api is Waiting, migration is Waiting, database is Backoff",
          "[database] connects",
          "[database] connected",
          "[migration] done",
          "[migration] completed, and will not be restarted",
          "[api] answers requests",
          "ready",
          "[api] closed",
          "[database] disconnected"
        ])
      }
  },

  "20-dependencies-effect.ts": {
    "begins what depends on another once that is ready, gives up a start that takes too long, and ends in reverse":
      async (
        start
      ) => {
        const child = start()
        await child.printed("answers requests")
        expect(await leave(child)).toEqual(left)
        expect(lines(child, /^\[/)).toEqual([
          "[database 1] connects",
          `[database 1] hung: run 1 of service "database" was not ready within 1 s`,
          `[database 1] crashed: run 1 of service "database" was not ready within 1 s, and has ended now`,
          "[database 1] restarting in 500 ms",
          "[database 2] connects",
          "[database 2] connected",
          "[migration 1] done",
          "[migration 1] completed, and will not be restarted",
          "[api 1] answers requests",
          "[api 1] closed",
          "[database 2] disconnected"
        ])
      }
  },

  "21-tree.ts": {
    "finds who hangs, restarts it with those after it, and reports by path": restartsTheRest(
      "[ingest/store] begins (run 2)"
    )
  },

  "22-tree-effect.ts": {
    "finds who hangs, restarts it with those after it, and reports by path": restartsTheRest(
      "begins (run 2) { service: 'ingest/store'"
    )
  },

  "23-fake-timers.test.ts": {
    "is one of the tests that vitest runs": async () => isIncluded("23-fake-timers.test.ts")
  },

  "24-probes.ts": {
    "restarts a server that answers no more, and not the client that waited for its port": restartsTheMute("")
  },

  "25-probes-effect.ts": {
    "restarts a server that answers no more, and not the client that waited for its port": restartsTheMute(" 1")
  },

  "26-binding.ts": {
    "stops the worker while the database is away, and the API goes on": stopsTheBound
  },

  "27-binding-effect.ts": {
    "stops the worker while the database is away, and the API goes on": stopsTheBound
  },

  "28-page.ts": {
    "shows what is inside by its path, and follows it without a gap": followsTheTree(
      ["ingest", "ingest/reader", "ingest/writer", "api", "page"]
    )
  },

  "29-page-effect.ts": {
    "shows what is inside by its path, and follows it without a gap": followsTheTree(
      ["ingest", "ingest/reader", "ingest/writer", "page"]
    )
  },

  "30-systemd.ts": {
    "tells systemd when it is ready and when it stops": tellsSystemd("web"),
    "serves without systemd too": async (start) => {
      const child = start({ PORT: "0" })
      expect(await (await fetch(await address(child))).text()).toBe("hello\n")
      expect(await leave(child)).toEqual(left)
    }
  },

  "31-systemd-effect.ts": {
    "tells systemd when it is ready and when it stops": tellsSystemd("api")
  },

  "32-thread.ts": {
    "replaces a thread that is blocked, while the clock goes on": replacesTheBlocked(() => "", [])
  },

  "33-thread-effect.ts": {
    "replaces a thread that is blocked, while the clock goes on": replacesTheBlocked((run) => ` ${run}`, [
      "[primes 1] opens its notes",
      "[primes 2] opens its notes",
      "[primes 2] closes its notes"
    ])
  },

  "34-process.ts": {
    "begins the client when the server answers, also after the server has died": waitsForTheServer(() => "")
  },

  "35-process-effect.ts": {
    "begins the client when the server answers, also after the server has died": waitsForTheServer((run) => ` ${run}`)
  }
}

describe("the numbered examples", () => {
  it("are all here", () => {
    expect(Object.keys(examples)).toEqual(files)
  })

  it.each(files)("%s says how to run it", (file) => {
    expect(fs.readFileSync(path.join(folder, file), "utf8")).toMatch(
      new RegExp(`^/\\*\\*\n( \\*.*\n)+ \\* {5}(node|npx vitest run) examples/${file}\n`)
    )
  })
})

describe.each(Object.entries(examples))("%s", (file, claims) => {
  it.each(Object.entries(claims))("%s", async (_, check) => {
    await check((env) => start(path.join(folder, file), [], env))
  })
})
