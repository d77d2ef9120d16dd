/** The commands that look at a governor once. */
import { chmodSync, mkdirSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { command, governed, temporary } from "./operator.ts"

/** What changes from run to run. */
const steady = (text: string): string =>
  text.replace(/\d\d:\d\d:\d\d/g, "TIME").replace(/(59 min( \d+ s)?|1 h)/g, "1 h").replace(/\b\d+ s\b/g, "0 s").replace(
    / {2,}/g,
    "  "
  )

describe("a governor whose database is down", () => {
  it("is told by status, a line each, with code 3", async () => {
    const { at } = await governed(["shop"])
    const { code, stdout } = await command(["status", ...at])
    expect(code).toBe(3)
    expect(steady(stdout).split("\n")).toEqual([
      expect.stringMatching(/^\d of \d ready; api and 1 more wait for database \(crashed once, next run in 1 h\)$/),
      "SERVICE  STATE  RUN  RESTARTS  CRASHES  SINCE  WHY",
      "database  Backoff  1  0  1  0 s  next run in 1 h, crashed once, latest: Error: connection refused",
      "api  Waiting  0  0  0  0 s  waits for database",
      "web  Waiting  0  0  0  0 s  waits for api",
      "job  Stopped  1  0  0  0 s  has completed",
      "ingest  Running  1  0  0  0 s",
      "ingest/reader  Running  1  0  0  0 s",
      "ingest/writer  Running  1  0  0  0 s",
      "idle  Running  1  0  0  0 s",
      ""
    ])
  })

  it("is explained by why: what is broken, since when, why, and what is next", async () => {
    const { at } = await governed(["shop"])
    const all = await command(["why", ...at])
    expect(all.code).toBe(3)
    expect(steady(all.stdout)).toMatch(/\ndatabase is not well since TIME, for 0 s\n/)
    expect(steady(all.stdout)).toContain("  why: next run in 1 h, crashed once, latest: Error: connection refused\n")
    expect(all.stdout).toContain("  so these are not well either: api and web\n")
    expect(all.stdout).toContain("  more: effect-governor why database\n")
    const one = await command(["why", "web", ...at])
    expect(one.code).toBe(3)
    expect(steady(one.stdout).split("\n").slice(0, 7)).toEqual([
      "web waits for api; database: next run in 1 h, crashed once, latest: Error: connection refused",
      "",
      "  web  Waiting  since TIME (0 s)  waits for api",
      "← api  Waiting  since TIME (0 s)  waits for database",
      "← database  Backoff  since TIME (0 s)  next run in 1 h, crashed once, latest: Error: connection refused",
      "",
      "root: database"
    ])
    expect(one.stdout).toMatch(/\n {2}Error: connection refused\n {2}at /)
    const root = await command(["why", "database", ...at])
    expect(steady(root.stdout)).toContain(
      "\n\ndatabase is not well since TIME, for 0 s\n  so these are not well either: api and web\n"
    )
  })

  it("is shown as a tree, whole and in part", async () => {
    const { at } = await governed(["shop"])
    const whole = await command(["tree", ...at])
    expect(whole.code).toBe(3)
    expect(steady(whole.stdout)).toMatch(
      /\ningest  Running  0 s\n├─ reader  Running  0 s\n└─ writer  Running  0 s\njob/
    )
    const part = await command(["tree", "ingest", ...at])
    expect(part.code).toBe(0)
    expect(part.stdout.split("\n").map((line) => line.split(/ {2}/)[0])).toEqual([
      "ingest",
      "├─ reader",
      "└─ writer",
      ""
    ])
  })

  it("answers JSON as it came over HTTP", async () => {
    const { at, url } = await governed(["shop"])
    const bodies = [
      ["status", "/services?limit=10000"],
      ["why", "/why"],
      ["plan restart api", "/plan?restart=api"],
      ["graph", "/graph"]
    ] as const
    for (const [args, path] of bodies) {
      const said = await command([...args.split(" "), "--json", ...at])
      const answer = await (await fetch(url + path)).text()
      const [came, asked] = [said.stdout, answer].map((text) => steady(text).replace(/"now":\d+/, "\"now\":0"))
      expect(came).toBe(asked)
    }
    const some = await command(["status", "ingest/*", "job", "--json", ...at])
    expect(some.code).toBe(0)
    const { services }: { services: ReadonlyArray<{ name: string }> } = JSON.parse(some.stdout)
    expect(services.map(({ name }) => name)).toEqual(["ingest/reader", "ingest/writer", "job"])
  })

  it("says what a command would do, and who needs whom", async () => {
    const { at } = await governed(["shop"])
    const plan = await command(["plan", "stop", "ingest", ...at])
    expect(plan.code).toBe(0)
    expect(plan.stdout).toContain("stops ingest")
    expect(plan.stdout).toMatch(/\n {2}1\. stop ingest, ingest\/writer {2}\(no limit\)\n/)
    const shutdown = await command(["plan", "shutdown", ...at])
    expect(shutdown.stdout).toMatch(/^stops /)
    const graph = await command(["graph", ...at])
    expect(steady(graph.stdout)).toMatch(/\nweb  Waiting  api\*\n/)
    expect((await command(["graph", "--format", "mermaid", ...at])).stdout).toMatch(/^flowchart TD\n/)
    expect((await command(["graph", "--format", "dot", "--around", "web", ...at])).stdout).toMatch(/^digraph {\n/)
  })
})

describe("the code of status", () => {
  const codes: ReadonlyArray<readonly [names: ReadonlyArray<string>, code: number]> = [
    [["idle", "job"], 0],
    [["ingest/*"], 0],
    [["api"], 3],
    [["*e*"], 3],
    [["nobody"], 4],
    [["nobody*"], 4]
  ]

  it("says how those are that are asked for, with JSON and without", async () => {
    const { at } = await governed(["shop"])
    for (const json of [[], ["--json"]]) {
      const given = codes.map(async ([names]) => [names, (await command(["status", ...names, ...json, ...at])).code])
      expect(await Promise.all(given)).toEqual(codes)
    }
  })

  it("is 3 for a service that was stopped by hand only if it is asked for by name", async () => {
    const { at, printed, tell, url } = await governed(["shop"])
    tell("database up")
    await printed(/\[web\] ready/)
    const headers = { authorization: "Bearer secret" }
    await fetch(`${url}/services/idle/stop?wait=5s`, { method: "POST", headers })
    expect((await command(["status", ...at])).code).toBe(0)
    expect((await command(["status", "id*", ...at])).code).toBe(0)
    expect((await command(["status", "idle", ...at])).code).toBe(3)
  })
})

describe("a wrong command line", () => {
  it.each([
    ["no-such-command"],
    ["status", "--no-such-flag"],
    ["plan", "stop"],
    ["plan", "shutdown", "api"],
    ["plan", "explode", "api"],
    ["status", "--url", "nowhere"],
    ["status", "--url", "http://127.0.0.1:1", "--socket", "x"]
  ])("ends with 64: %o %o %o", async (...args) => {
    const { code, stderr } = await command(args)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(code).toBe(64)
  })
})

/** Somebody who is no governor. */
const serve = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("a governor that cannot be asked", () => {
  it.each<[string, RequestListener]>([
    ["is another server", (_, response) => void response.writeHead(404).end("not here")],
    ["answers with something else", (_, response) => void response.end("[]")],
    ["breaks off", (_, response) => {
      response.writeHead(200, { "content-length": 9 })
      response.write("{", () => response.destroy())
    }]
  ])("ends the command with 69: it %s", async (_, answer) => {
    const url = await serve(answer)
    for (const name of ["status", "unit"]) {
      const { code, stderr, stdout } = await command([name, "--url", url])
      expect({ code, stdout }).toEqual({ code: 69, stdout: "" })
      expect(stderr).toContain(url)
      expect(stderr).not.toMatch(/^ +at /m)
    }
  })

  it("ends the command with 69 if nobody listens", async () => {
    const none = join(temporary(), "none.sock")
    const { code, stderr } = await command(["status", "--socket", none])
    expect(code).toBe(69)
    expect(stderr).toContain(none)
  })

  it("ends the command with 77 without the right token", async () => {
    const answer: RequestListener = ({ headers }, response) => {
      const isRight = headers.authorization === "Bearer right"
      response.writeHead(isRight ? 200 : 401, {
        "content-type": isRight ? "application/json" : "application/problem+json"
      })
      response.end(
        isRight
          ? "{\"apiVersion\":\"governor/v1\",\"news\":\"fine\",\"problems\":[],\"now\":0}"
          : "{\"detail\":\"a valid token is needed\"}"
      )
    }
    const url = await serve(answer)
    expect(await command(["why", "--url", url])).toMatchObject({
      code: 77,
      stderr: expect.stringContaining("a valid token is needed")
    })
    expect((await command(["why", "--url", url, "--token", "right"])).code).toBe(0)
    expect((await command(["why", "--url", url, "--token", "x", "--read-token", "right"])).code).toBe(0)
    expect((await command(["why", "--url", url], { env: { OPS_TOKEN: "right" } })).code).toBe(0)
  })
})

describe("a governor on this machine", () => {
  it("is found by itself, if it is the only one; among several, one is chosen by its name", async () => {
    const env = { XDG_RUNTIME_DIR: temporary() }
    const first = await governed(["shop", "local"], env)
    expect((await command(["status", "idle"], { env })).code).toBe(0)
    await governed(["blog", "local"], env)
    const both = await command(["status", "idle"], { env })
    expect(both.code).toBe(69)
    expect(both.stderr).toMatch(/2 governors answer on this machine/)
    expect(both.stderr).toMatch(/\n {2}shop .*\.sock/)
    expect(both.stderr).toMatch(/\n {2}blog .*\.sock/)
    expect((await command(["unit", "--governor", "blog"], { env })).stdout).toContain("Description=blog\n")
    expect((await command(["status", "--governor", "none"], { env })).code).toBe(69)

    // What a process has left behind that was killed is passed over.
    first.kill("SIGKILL")
    await first.exit
    expect((await command(["unit"], { env })).stdout).toContain("Description=blog\n")
  })

  it("is not looked for in a folder that others can write to", async () => {
    const env = { XDG_RUNTIME_DIR: temporary() }
    mkdirSync(join(env.XDG_RUNTIME_DIR, "effect-governor"), { mode: 0o700 })
    await governed(["shop", "local"], env)
    chmodSync(join(env.XDG_RUNTIME_DIR, "effect-governor"), 0o777)
    const { code, stderr } = await command(["status", "idle"], { env })
    expect(code).toBe(69)
    expect(stderr).toContain("127.0.0.1:9000")
  })
})
