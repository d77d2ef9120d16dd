/** What the command shows of a cluster. */
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { root } from "../entries.ts"
import { command, governed, inCluster } from "./operator.ts"
import { inTerminal } from "./pty.ts"

const token = ["--token", "secret"]

const steady = (text: string): ReadonlyArray<string> =>
  text.trimEnd().split("\n").map((line) =>
    line.replace(/\b\d+ (s|min|h|d)\b( \d+ (s|min|h)\b)?/g, "TIME").replace(/ {2,}/g, "  ")
  )

describe("status --cluster", () => {
  it("shows what the cluster knows of each service, the worst first, with code 3 if one is not up", async () => {
    const { at, tell } = await inCluster()
    tell("billing", { unreachableSince: Date.now() - 8000 })
    const { code, stdout } = await command(["status", "--cluster", ...at])
    expect(code).toBe(3)
    expect(steady(stdout)).toEqual([
      "1 of 3 up in the cluster, as 127.0.0.1:7001 knows it",
      "SERVICE  STATE  NODE  EPOCH  SINCE  WHY",
      "billing  Running  127.0.0.1:7002  3  TIME  unreachable for TIME",
      "report  Failed  127.0.0.1:7002  7  TIME  Error: connection refused",
      "sweep  Stopped  0  TIME  was asked to end",
      "ingest/0  Running  127.0.0.1:7001  3  TIME"
    ])
  })

  it("shows only the services of the names and patterns, of which each has to be up that is named", async () => {
    const { at } = await inCluster()
    const names = (text: string) => text.trimEnd().split("\n").slice(2).map((line) => line.split(" ")[0])
    const some = await command(["status", "--cluster", "billing", "ingest/*", ...at])
    expect([some.code, names(some.stdout)]).toEqual([0, ["billing", "ingest/0"]])
    expect((await command(["status", "--cluster", "s*", ...at])).code).toBe(0)
    expect((await command(["status", "--cluster", "sweep", ...at])).code).toBe(3)
    const none = await command(["status", "--cluster", "nobody", ...at])
    expect([none.code, none.stderr]).toEqual([4, "effect-governor: there is no service nobody\n"])
  })

  it("prints what the governor answers, as JSON", async () => {
    const { at } = await inCluster()
    const { code, stdout } = await command(["status", "--cluster", "--json", "billing", ...at])
    expect(JSON.parse(stdout)).toMatchObject({ node: "127.0.0.1:7001", services: [{ name: "billing", epoch: 3 }] })
    expect(code).toBe(0)
  })

  it("says that there is no cluster", async () => {
    const { at } = await governed(["shop"])
    const { code, stderr } = await command(["status", "--cluster", ...at])
    expect([code, stderr]).toEqual([1, "effect-governor: this process is in no cluster\n"])
  })
})

describe("start and restart of a service that another node has", () => {
  it("wait until it is ready there", async () => {
    const { at, tell } = await inCluster()
    const run = (...args: ReadonlyArray<string>) => command([...args, ...token, ...at])
    const ready = await run("restart", "billing", "api", "--wait", "10s")
    expect([ready.code, ready.stdout]).toEqual([0, expect.stringMatching(/\nready after \d+ m?s\n$/)])
    tell("billing", { state: "Starting" })
    const late = await run("start", "billing", "--wait", "300ms")
    expect([late.code, late.stdout]).toEqual([
      75,
      expect.stringContaining("the time is over; missing:\nbilling: Starting on 127.0.0.1:7002\n")
    ])
    const failed = await run("start", "report", "--wait", "10s")
    expect([failed.code, failed.stdout]).toEqual([
      3,
      expect.stringContaining("not to be expected any more:\nreport: Failed on 127.0.0.1:7002\n")
    ])
  })
})

describe("drain", () => {
  const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, code: number, words: string]> = [
    [[], 0, "127.0.0.1:7001: drain asked for\n"],
    [["--wait", "10s"], 0, "127.0.0.1:7001: drained\n"],
    [["127.0.0.1:7002"], 0, "127.0.0.1:7002: drain asked for\n"],
    [["127.0.0.1:7002", "--wait", "50ms"], 75, "127.0.0.1:7002: not done after 50 ms\n"],
    [["nowhere:1"], 1, "(known: \"127.0.0.1:7001\", \"127.0.0.1:7002\"), got \"nowhere:1\""],
    [["--wait", "soon"], 64, "expected a duration"],
    [["--json", "--wait", "10s"], 0, "\"reached\":true,\"node\":\"127.0.0.1:7001\"}\n"]
  ]

  it("says what came of it, and ends with a code that tells it too", async () => {
    const { at } = await inCluster()
    for (const [args, code, words] of cases) {
      const said = await command(["drain", ...args, ...token, ...at])
      expect(said.stdout + said.stderr, args.join(" ")).toContain(words)
      expect(said.code, args.join(" ")).toBe(code)
    }
  })

  it("is refused without a token, and where there is no cluster", async () => {
    const { at } = await inCluster()
    expect((await command(["drain", ...at])).code).toBe(77)
    const alone = await governed(["shop"])
    const { code, stderr } = await command(["drain", ...token, ...alone.at])
    expect([code, stderr]).toEqual([1, "effect-governor: this process is in no cluster\n"])
  })
})

describe("top", () => {
  it("shows for each service of a cluster the node, the epoch and that its node does not answer", async () => {
    const { at, tell } = await inCluster()
    const main = join(root, "src/cli/main.ts")
    const terminal = inTerminal(process.execPath, [main, "top", ...at], { columns: 160, rows: 12 })
    onTestFinished(terminal.kill)
    await terminal.sees(/\nSERVICE +STATE +NODE +EPOCH +RUN/)
    await terminal.sees(/\nbilling +Running +127.0.0.1:7002 +3 +2 /)
    await terminal.sees(/\nreport +Failed +127.0.0.1:7002 +7 .*connection refused/)
    await terminal.sees(/\napi +Running {20,}1 /)
    tell("billing", { unreachableSince: Date.now() - 8000 })
    await terminal.sees(/\nbilling +Running +127.0.0.1:7002 +3 .*unreachable for \d+ s/)
    tell("billing", { node: "127.0.0.1:7003", epoch: 4 })
    await terminal.sees(/\nbilling +Running +127.0.0.1:7003 +4 /)
    expect(terminal.screen.text()).not.toContain("unreachable")
    // What was has no cluster.
    terminal.type("\u001b[D")
    await terminal.sees(/\nbilling +(Standby|Pending)/)
    terminal.type("q")
    expect(await terminal.exit).toEqual({ code: 0, signal: null })
  })
})
