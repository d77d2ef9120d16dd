/** The command before servers, names and messages that mean harm: nothing but text reaches the terminal, and it ends with a code. */
import { writeFileSync } from "node:fs"
import { createServer, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { follow } from "../../src/cli/following.ts"
import { operations } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { aborted } from "../aborted.ts"
import { command, running, temporary } from "./operator.ts"

/** A title, a colour in two ways, a text that is turned around, ends of lines, and controls. */
const harm = "\u001b]0;mine\u0007\u001b[31m\u009b2J\u202ex\r\n\u0000\u007f\u2028"
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/

const thrown = { name: `E${harm}`, message: harm, stack: `at ${harm}` }
const status = { _tag: "Failed", name: `a${harm}`, run: 1, restarts: 0, crashes: 1, since: 5, cause: thrown }
const asked = { _tag: "ServiceStopping", service: `a${harm}`, run: 1, time: 6, sequence: 1, reason: "stop" }
const begun = { _tag: "ShutdownStarted", time: 6, sequence: 2, reason: { _tag: "Requested", message: harm } }
const heading = { apiVersion: "governor/v1", governor: `g${harm}`, epoch: "a1", sequence: 0, now: Date.now() }
const incident = [{ incident: heading }, { status }, { event: asked }, { event: begun }]
  .map((entry) => `${JSON.stringify(entry)}\n`).join("")

/** An answer to everything, in which no text is harmless. */
const plan = {
  command: { _tag: "Stop" },
  steps: [{ action: "stop", services: [harm] }],
  unlimited: [harm],
  goesOn: [harm],
  sentence: harm
}
const link = {
  name: harm,
  sentence: harm,
  since: 1,
  state: "Failed",
  because: { _tag: "HasFailed", cause: thrown, through: [] }
}
const all = {
  ...heading,
  news: harm,
  problems: [{ root: harm, sentence: harm, since: 1, affects: [harm] }],
  why: { name: harm, sentence: harm, isWell: false, roots: [harm], chain: [link], leftOut: 0 },
  plan,
  services: [status],
  service: status,
  nodes: [{ name: harm, state: harm }, { name: "b", state: "Running" }],
  edges: [{ from: harm, to: "b", kind: "bindsTo" }],
  lines: [{ id: 1, level: "error", message: harm, service: harm, time: 1, error: thrown }]
}

const serve = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const always = (status: number, type: string, text: string): RequestListener => (_, response) => {
  response.writeHead(status, { "content-type": type })
  response.end(text)
}

const harmful: RequestListener = ({ url }, response) => {
  if (url === "/incident") return void response.end(incident)
  if (url?.includes("format=dot") === true) return void response.end(`digraph {${harm}}`)
  response.end(JSON.stringify(all))
}

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["status"],
  ["status", "--json"],
  ["tree"],
  ["why"],
  ["why", "b"],
  ["why", "--json"],
  ["plan", "stop", "b"],
  ["graph"],
  ["graph", "--json"],
  ["graph", "--format", "dot"],
  ["wait", "--timeout", "1s"],
  ["restart", "a*", "--dry-run"],
  ["start", "b"],
  ["start", "b", "--json"],
  ["events"],
  ["events", "--json"],
  ["logs"],
  ["logs", "--json"],
  ["chain"],
  ["unit"],
  ["k8s"]
]

describe("no control reaches the terminal", () => {
  it.each([0, 1, 2])("by a command (%i)", async (part) => {
    const url = await serve(harmful)
    const asked = commands.filter((_, i) => i % 3 === part)
    const all = await Promise.all(asked.map((args) => command([...args, "--url", url])))
    for (const [i, { code, stderr, stdout }] of all.entries()) {
      const args = asked[i]!
      expect(stdout + stderr, args.join(" ")).not.toMatch(control)
      expect(code, stderr).not.toBe(70)
      if (args.includes("--json")) expect(stdout.split("\n").map(parsed)).not.toContain(undefined)
    }
  }, 20_000)

  it("by a file", async () => {
    const file = join(temporary(), "a.ndjson")
    writeFileSync(file, incident)
    for (const more of [[], ["--why", `a${harm.replaceAll("\0", "")}`]]) {
      const { stderr, stdout } = await command(["view", file, ...more])
      expect(stdout + stderr).not.toMatch(control)
    }
  })

  it("by a refusal, an error, or the name of a governor", async () => {
    const problem = JSON.stringify({ detail: harm })
    for (const answer of [always(409, "application/problem+json", problem), always(500, "text/html", harm)]) {
      const { stderr, stdout } = await command(["start", "b", "--url", await serve(answer)])
      expect(stdout + stderr).not.toMatch(control)
    }
  })
})

const parsed = (line: string): unknown => {
  try {
    return line === "" ? null : JSON.parse(line)
  } catch {
    return undefined
  }
}

const others: ReadonlyArray<[string, RequestListener]> = [
  ["a page", always(200, "text/html", "<html>")],
  ["the JSON of another program", always(200, "application/json", "{\"status\":\"ok\"}")],
  ["null", always(200, "application/json", "null")],
  ["another version", always(200, "application/json", "{\"apiVersion\":\"governor/v9\"}")],
  ["nothing", always(200, "text/plain", "")],
  ["a redirection", (_, response) => void response.writeHead(302, { location: "http://localhost:1/" }).end()],
  ["an error", always(500, "text/html", "<html>")],
  ["a closed connection", ({ socket }) => void socket.destroy()]
]

describe("who is no governor is said to be none", () => {
  it.each(others)("if the answer is %s", async (_, answer) => {
    const url = await serve(answer)
    const asked = ["status --json", "why", "graph", "start b", "logs"]
    const all = await Promise.all(asked.map((args) => command([...args.split(" "), "--url", url])))
    for (const { code, stderr, stdout } of all) {
      expect(code, stderr).toBe(69)
      expect(stdout + stderr).toMatch(/no governor/)
    }
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ["does not answer", () => {}],
    ["answers byte by byte", (response) => {
      const timer = setInterval(() => response.write(" "), 100)
      response.once("close", () => clearInterval(timer))
    }]
  ])("if it %s", async (_, answer) => {
    const url = await serve((_, response) => answer(response))
    const { code, stderr } = await command(["why", "--url", url])
    expect([code, stderr]).toEqual([69, `effect-governor: no governor answers at ${url}: it takes too long\n`])
  }, 15_000)
})

describe("a command", () => {
  it("that is refused says so, also as JSON", async () => {
    const problem = JSON.stringify({ detail: "api is not up" })
    const url = await serve(always(409, "application/problem+json", problem))
    const { code, stderr, stdout } = await command(["stop", "api", "--json", "--url", url])
    expect({ code, stderr, stdout }).toEqual({ code: 1, stderr: "effect-governor: api: api is not up\n", stdout: "" })
  })

  it("takes names that no address can have, and more of them than a page has", async () => {
    const governor = new Governor({ log: () => {} })
    for (const name of ["a\ud800", ...Array.from({ length: 10_001 }, (_, i) => `s${i}`)]) governor.add(name, aborted)
    governor.start()
    const { close, url } = await operations(governor, { tokens: { control: "secret" } }).listen()
    onTestFinished(() => close())
    const half = await command(["start", "a*", "--url", url, "--token", "secret"])
    expect(half).toMatchObject({ code: 4, stdout: expect.stringMatching(/there is no service/) as string })
    const last = await command(["start", "s1000*", "--dry-run", "--url", url, "--token", "secret"])
    expect([last.code, last.stdout.match(/^s1000/gm)?.length]).toEqual([0, 2])
  }, 30_000)

  it.each(["se cret", "secret\n", "“secret”"])("has no token such as %j", async (token) => {
    const { code, stderr } = await command(["status", "--url", "http://127.0.0.1:9", "--token", token])
    expect([code, stderr]).toEqual([64, expect.stringMatching(/expected a token/)])
    expect(stderr).not.toContain("cret")
    expect((await command(["status", "--url", "http://127.0.0.1:9"], { env: { OPS_TOKEN: "" } })).code).toBe(69)
  })

  it("that follows notices that nothing is heard any more", async () => {
    let streams = 0
    const url = await serve(({ url }, response) => {
      if (url === "/incident") return void response.end(`${JSON.stringify({ incident: heading })}\n`)
      streams++
      response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 1000\n\n")
    })
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    onTestFinished(() => void vi.useRealTimers())
    const over = new AbortController()
    const heard: Array<string> = []
    for await (const one of follow({ url }, over.signal)) {
      heard.push(one._tag)
      if (one._tag === "Lost") break
      if (one._tag === "Back") setImmediate(() => void vi.advanceTimersByTime(25_000))
    }
    over.abort()
    expect([heard, streams]).toEqual([["Began", "Back", "Lost"], 1])
  })

  it("that follows passes over events that it does not know", async () => {
    const url = await serve(({ url }, response) => {
      if (url === "/incident") return void response.end(`${JSON.stringify({ incident: heading })}\n`)
      response.writeHead(200, { "content-type": "text/event-stream" })
      for (const event of [{ _tag: "Later", sequence: 1 }, null, 7, begun]) {
        response.write(`id: a1-1\nevent: x\ndata: ${JSON.stringify(event)}\n\n`)
      }
    })
    const following = running(["events", "-f", "--url", url])
    await following.printed(/shutdown begins/)
    expect(following.output()).not.toMatch(/lost|error/)
  })
})
