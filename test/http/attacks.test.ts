/**
 * Attacks, known ones and random ones, through each of the doors: none gets in, and none breaks anything.
 */
import * as fc from "fast-check"
import { once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { operations } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { aborted } from "../aborted.ts"

const governor = new Governor({ log: () => {} })
governor.add("api", aborted)
const ops = operations(governor, { tokens: { control: "secret" }, hosts: ["ops.example"] })

interface Attack {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The status of the answer; undefined: the connection was closed without one, or no such request can be made. */
type Door = (attack: Attack) => Promise<number | undefined>

/** What was sent may be no HTTP at all. The client says no more after it. */
const raw = (port: number, text: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    let answer = ""
    socket.setEncoding("latin1").on("data", (part: string) => {
      answer += part
      if (answer.includes("\r\n")) socket.destroy()
    })
    socket.on("error", () => {}).on("close", () => {
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? []
      resolve(status === undefined ? undefined : Number(status))
    })
    socket.end(text, "latin1")
  })

const asText = ({ body, headers, method, target }: Attack): string => {
  const all = { host: "127.0.0.1", "content-length": String(Buffer.byteLength(body, "latin1")), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`${method} ${target} HTTP/1.1`, ...lines, "", body].join("\r\n")
}

const byTcp = (port: () => number): Door => (attack) => raw(port(), asText(attack))

const requestOf = ({ body, headers, method, target }: Attack): Request | undefined => {
  try {
    const init = { method, headers: { ...headers }, ...(body !== "" && { body }) }
    return new Request(new URL(`http://127.0.0.1${target}`), init)
  } catch {
    return undefined
  }
}

const byFetch: Door = async (attack) => {
  const request = requestOf(attack)
  if (request === undefined) return undefined
  const { body, status } = await ops.fetch(request)
  await body?.cancel()
  return status
}

let [own, mounted] = [0, 0]
const server = createServer(ops.listener)
const broken: Array<unknown> = []
const note = (error: unknown) => void broken.push(error)

beforeAll(async () => {
  process.on("unhandledRejection", note).on("uncaughtExceptionMonitor", note)
  own = Number(new URL((await ops.listen()).url).port)
  await once(server.listen(0, "127.0.0.1"), "listening")
  mounted = (server.address() as AddressInfo).port
  governor.start()
  await governor.whenReady()
})

afterAll(async () => {
  process.off("unhandledRejection", note).off("uncaughtExceptionMonitor", note)
  server.close()
  server.closeAllConnections()
  await governor.shutdown()
})

const doors: ReadonlyArray<[string, Door]> = [
  ["listen", byTcp(() => own)],
  ["fetch", byFetch],
  ["listener", byTcp(() => mounted)]
]

const token = { authorization: "Bearer secret" }
const stop = "/services/api/stop"

/** Nothing has happened to the service, and everybody is answered. */
const isUnharmed = async (door: Door) => {
  expect(governor.status()).toMatchObject([{ name: "api", _tag: "Running", run: 1 }])
  expect(await door({ method: "GET", target: "/readyz", headers: {}, body: "" })).toBe(200)
  expect(broken).toEqual([])
}

const attack = (
  target: string,
  { body = "", headers = {}, method = "GET" }: Partial<Attack> = {}
): Attack => ({ method, target, headers, body })

const post = (target: string, headers: Attack["headers"], body = "") =>
  attack(target, { method: "POST", headers, body })

const known: ReadonlyArray<[string, Attack, ...ReadonlyArray<number>]> = [
  // a page of another site, in the browser of somebody who may
  ["a name that somebody else gave this machine", attack("/services", { headers: { host: "evil.example" } }), 421],
  ["the same, with the token", post(stop, { ...token, host: "127.0.0.1.evil.example" }), 421],
  ["a page of another site that reads", attack("/services", { headers: { origin: "http://evil.example" } }), 403],
  ["a page of another site that commands", post(stop, { ...token, origin: "http://evil.example" }), 403],
  ["a page in a frame without a site", post(stop, { ...token, origin: "null" }), 403],
  ["a form with plain text", post(stop, { ...token, "content-type": "text/plain" }, "{}"), 415],
  ["a form", post(stop, { ...token, "content-type": "application/x-www-form-urlencoded" }, "a=1"), 415],
  ["an image whose address is a command", attack(stop, { headers: token }), 404, 405],
  ["a look at a command", attack(stop, { method: "HEAD", headers: token }), 404, 405],
  ["the question of a browser before it commands", attack(stop, { method: "OPTIONS" }), 401],
  ["another method", attack(stop, { method: "PUT", headers: token }), 405],
  ["a method that pretends", post("/services/api", { ...token, "x-http-method-override": "DELETE" }), 404],

  // tokens
  ["no token", post(stop, {}), 401],
  ["the token in the URL", post(`${stop}?token=secret`, {}), 401],
  ["the token in the URL, by another name", post(`${stop}?access_token=secret`, {}), 401],
  ["a token of the same length", post(stop, { authorization: "Bearer secreT" }), 401],
  ["a part of the token", post(stop, { authorization: "Bearer secre" }), 401],
  ["more than the token", post(stop, { authorization: "Bearer secret2" }), 401],
  ["the token twice", post(stop, { authorization: "Bearer secret, Bearer secret" }), 401],
  ["the token of another scheme", post(stop, { authorization: "Basic secret" }), 401],
  ["a very long token", post(stop, { authorization: `Bearer ${"a".repeat(10_000)}` }), 401],

  // paths
  ["a path that leaves", attack("/services/..%2f..%2fetc%2fpasswd"), 404],
  ["a path that leaves at once", attack("/..%2f..%2fetc%2fpasswd"), 404],
  ["a path with two slashes", attack("//services"), 404],
  ["a path that is not encoded as it should be", attack("/services/%E0%A4%A"), 400],
  ["a path with a zero", attack("/services/%00"), 404],
  ...["__proto__", "constructor", "toString", "hasOwnProperty"].flatMap((name) =>
    [
      [`/${name}`, attack(`/${name}`), 404],
      [`the service ${name}`, attack(`/services/${name}`), 404],
      [`why ${name}`, attack(`/why/api/${name}`), 404],
      [`the plan of ${name}`, attack(`/plan?stop=${name}`), 404],
      [`the parameter ${name}`, attack(`/services?${name}=1`), 400],
      [`the format ${name}`, attack(`/graph?format=${name}`), 400],
      [`the command ${name}`, post(`/services/api/${name}`, token), 404]
    ] as ReadonlyArray<[string, Attack, number]>
  ),

  // bodies
  [
    "a long body of somebody who may",
    post(stop, { ...token, "content-type": "application/json" }, " ".repeat(1e6)),
    413
  ],
  ["a long body of somebody else", post(stop, { "content-type": "application/json" }, " ".repeat(1e6)), 401],
  ["a body that is no JSON", post(stop, { ...token, "content-type": "application/json" }, "{"), 400],
  [
    "a body that changes what all objects have",
    post(stop, { ...token, "content-type": "application/json" }, `{"__proto__":{"a":1}}`),
    400
  ]
]

describe.each(doors)("%s refuses", (_, door) => {
  it.each(known)("%s", async (_, attack, ...statuses) => {
    expect(statuses).toContain(await door(attack))
    await isUnharmed(door)
  })
})

const ports: ReadonlyArray<[string, () => number]> = [["listen", () => own], ["listener", () => mounted]]

describe.each(ports)("%s, over a connection,", (_, port) => {
  const head =
    `POST ${stop} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer secret\r\ncontent-type: application/json\r\n`

  it.each([
    ["headers without end", `GET /services HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"a".repeat(100_000)}\r\n\r\n`, 431],
    ["no host", "GET /services HTTP/1.1\r\n\r\n", 400],
    ["no HTTP", "\0\x01\x02 hello\r\n\r\n", 400],
    ["the whole address of another host", "GET http://evil.example/services HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", 404],
    ["a tunnel", "CONNECT evil.example:80 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", undefined],
    ["two lengths of one body", `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`, 400],
    ["a body in broken pieces", `${head}transfer-encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n`, 400],
    ["a body that breaks off", `${head}content-length: 100\r\n\r\n{`, 400]
  ])("refuses %s", async (_, text, status) => {
    expect(await raw(port(), text)).toBe(status)
    await isUnharmed(byTcp(port))
  })

  it("goes on while a body comes slowly, and does nothing when it breaks off", async () => {
    const slow = connect(port(), "127.0.0.1").on("error", () => {})
    slow.write(`${head}content-length: 2\r\n\r\n{`)
    await once(slow, "connect")
    await isUnharmed(byTcp(port))
    slow.destroy()
    await once(slow, "close")
    await isUnharmed(byTcp(port))
  })
})

describe("fetch refuses a body", () => {
  const asked = async (make: (request: Request) => void, body: ReadableStream | string = "{}") => {
    const headers = { ...token, "content-type": "application/json" }
    const init = { method: "POST", headers, body, duplex: "half" }
    const request = new Request(`http://localhost${stop}`, init)
    make(request)
    const { status } = await ops.fetch(request)
    await isUnharmed(byFetch)
    return status
  }

  it("that somebody has read before", async () => {
    expect(await asked((request) => void request.text())).toBe(400)
    expect(await asked((request) => void request.body!.getReader())).toBe(400)
  })

  it("that breaks off, or has no bytes", async () => {
    const breaks = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) })
    expect(await asked(() => {}, breaks)).toBe(400)
    const strings = new ReadableStream({ pull: (controller) => (controller.enqueue("{}"), controller.close()) })
    expect(await asked(() => {}, strings)).toBe(400)
  })
})

// --- random attacks ---

const odd = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponent),
  fc.constantFrom(
    "..",
    "%2e%2e",
    "%",
    "%ff",
    "%00",
    "//",
    "__proto__",
    "constructor",
    "*",
    "[",
    "api",
    "stop",
    "readyz",
    "\\"
  ),
  fc.string({ maxLength: 3 }).map((text) => text.repeat(500))
)

const names = ["livez", "readyz", "startupz", "services", "why", "plan", "graph", "budget", "logs", "events", "metrics"]

const target = fc.tuple(
  fc.oneof(fc.constantFrom(...names), odd),
  fc.array(odd, { maxLength: 3 }),
  fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          "limit",
          "cursor",
          "state",
          "name",
          "services",
          "types",
          "after",
          "level",
          "format",
          "around",
          "stop",
          "wait",
          "verbose",
          "exclude",
          "snapshot"
        ),
        odd
      ),
      fc.oneof(odd, fc.constantFrom("0", "1", "-1", "1e9", "NaN", "9".repeat(20), "5s", "*a*a*a*", "Running"))
    ),
    { maxLength: 3 }
  )
).map(([first, others, query]) =>
  `/${[first, ...others].join("/")}${query.length > 0 ? "?" : ""}${
    query.map(([key, value]) => `${key}=${value}`).join("&")
  }`
)

const header = fc.tuple(
  fc.constantFrom(
    "host",
    "origin",
    "authorization",
    "content-type",
    "if-match",
    "if-none-match",
    "last-event-id",
    "accept",
    "x-forwarded-for",
    "forwarded",
    "cookie"
  ),
  fc.oneof(odd, fc.constantFrom("Bearer ", "Bearer x", "application/json", "W/\"0-0\"", "http://evil.example", "*"))
)

const random: fc.Arbitrary<Attack> = fc.record({
  method: fc.constantFrom("GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"),
  target,
  headers: fc.array(header, { maxLength: 4 }).map((headers) => Object.fromEntries(headers)),
  body: fc.oneof(fc.constant(""), odd)
})

const probes = /^\/(?:livez|readyz|startupz)/

const isSound = (door: Door) => async (attack: Attack) => {
  const status = await door(attack)
  if (status === undefined || status < 500) return
  expect(status).toBe(503)
  expect(attack.target).toMatch(probes)
}

const runs = Number(process.env["ATTACK_RUNS"] ?? 1000)

describe.each(doors)("%s survives", (_, door) => {
  it("random questions of somebody who may not command", async () => {
    await fc.assert(fc.asyncProperty(random, isSound(door)), { numRuns: runs })
    await isUnharmed(door)
  }, 30_000 + 100 * runs)
})

// Last: a random question may be a command that is obeyed, and all doors lead to one governor.
describe.each(doors)("%s survives", (_, door) => {
  it("random questions of somebody who may", async () => {
    const allowed = random.map(({ body, headers, target }) =>
      // That is where the commands are.
      post(target.replace(/^\/[^/?]*/, "/services"), Object.assign(headers, token, { host: "ops.example" }), body)
    )
    await fc.assert(fc.asyncProperty(allowed, isSound(door)), { numRuns: runs })
    expect(await door(attack("/livez"))).toBe(200)
    expect(broken).toEqual([])
  }, 30_000 + 100 * runs)
})
