/**
 * The uptime monitors as those see them who operate them: by HTTP, and as a process manager.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import * as Net from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { numbersIn } from "../../src/cli/budget.ts"
import { manifest } from "../../src/cli/k8s.ts"
import { unit } from "../../src/cli/unit.ts"
import { run } from "../child.ts"
import { root } from "../entries.ts"
import { watched } from "../watched.ts"
import { operationsOf, programs, startMonitor } from "./monitor.ts"

const left = { code: 0, signal: null }

const readme = readFileSync(join(root, "README.md"), "utf8")

/** The lines of the block in `README.md` that says how to operate the monitor, and what each answers. */
const lines = /^## Operating it\n[^]*?^```sh\n([^]*?)^```/m.exec(readme)?.[1]?.trim().split("\n") ?? []
const answers = [
  /^ok\n$/,
  /^ok\n$/,
  /"total":4,"services":\[\{"_tag":"\w+","name":"server"/,
  /"sentence":"reporter: .*cannot report to/,
  /^flowchart TD\n/,
  /"sentence":"stops store/,
  /"message":"crashed","service":"reporter"/,
  /^governor_services\{governor="uptime",state="Running"\} [34]$/m,
  /^event: snapshot\ndata: .*"name":"reporter"/m,
  /"reached":true,.*"name":"reporter"/
]

/** Types a line into a shell. */
const type = (line: string, env: Record<string, string>) => {
  const child = spawn("sh", ["-c", `exec ${line}`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return watched(child, [child.stdout])
}

describe.each(programs)("%s", (program) => {
  it("is operated as README.md says", async () => {
    const monitor = startMonitor(program, { OPS_TOKEN: "a-long-secret" })
    const { host } = new URL(await operationsOf(monitor))
    await monitor.printed(/crashed[^]*restarting in/)
    await monitor.printed("listening on")
    expect(lines).toHaveLength(answers.length)
    for (const [i, line] of lines.entries()) {
      const typed = type(line.replace("localhost:9000", host), { OPS_TOKEN: "a-long-secret" })
      await typed.printed(answers[i]!)
      if (line.includes("-N")) typed.kill("SIGINT") // it goes on and on
      else expect(await typed.exit).toEqual(left)
    }
    monitor.kill("SIGTERM")
    expect(await monitor.exit).toEqual(left)
  })

  it("takes no commands without a token", async () => {
    const monitor = startMonitor(program)
    const url = await operationsOf(monitor)
    await monitor.printed("listening on")
    const headers = { authorization: "Bearer " }
    expect((await fetch(`${url}/services/store/stop`, { method: "POST", headers })).status).toBe(404)
    expect(await (await fetch(`${url}/services/store`)).json()).toMatchObject({ service: { _tag: "Running", run: 1 } })
  })

  it("says so if the port is taken, and that a restart may help", async () => {
    const taken = Net.createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void taken.close())
    await once(taken, "listening")
    const { port } = taken.address() as Net.AddressInfo
    const monitor = startMonitor(program, { OPS_PORT: String(port) })
    expect(await monitor.exit).toEqual({ code: 70, signal: null })
    expect(monitor.output()).toMatch(
      /^uptime: .*\(OPS_PORT\): listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+$/m
    )
    expect(monitor.output()).not.toMatch(/\bready in/)
  })

  it.each([
    ["OPS_PORT", "eighty"],
    ["DRAIN_DELAY", "soon"]
  ])("says what is wrong with %s, and that no restart helps", async (name, value) => {
    const monitor = startMonitor(program, { [name]: value })
    expect(await monitor.exit).toEqual({ code: 78, signal: null })
    expect(monitor.output()).toMatch(new RegExp(`^uptime: .*${name}`, "m"))
  })

  it("answers the probes of Kubernetes, and gives no details to those outside of its container", async () => {
    const monitor = startMonitor(program, { KUBERNETES_SERVICE_HOST: "10.0.0.1" })
    const { hostname, port } = new URL(await operationsOf(monitor))
    expect(hostname).toBe("0.0.0.0")
    await monitor.printed("listening on")
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect(await Promise.all(["/livez", "/readyz", "/services", "/why"].map(status))).toEqual([200, 200, 404, 404])
  })

  it("tells systemd when it is ready and when it stops", async () => {
    const socket = `@operated-${process.pid}-${program}`
    const systemd = run("systemd", [socket])
    await systemd.printed("listening")
    const monitor = startMonitor(program, {
      NOTIFY_SOCKET: socket,
      NODE_OPTIONS: "--disable-warning=ExperimentalWarning"
    })
    await systemd.printed("READY=1")
    monitor.kill("SIGTERM")
    await systemd.printed("STOPPING=1")
    expect(await monitor.exit).toEqual(left)
  })
})

describe("the files in deploy/", () => {
  it("have the numbers of the uptime monitor", async () => {
    const monitor = startMonitor("uptime", { DRAIN_DELAY: "" })
    const url = await operationsOf(monitor)
    const numbers = { ...numbersIn(await (await fetch(`${url}/budget`)).json()), port: 9000 }
    const read = (file: string) => readFileSync(join(root, "deploy", file), "utf8")
    const program = "/usr/bin/node /srv/uptime/examples/uptime/main.ts"
    expect(unit(numbers, program)).toBe(read("systemd/uptime.service"))
    expect(manifest(numbers, "uptime:latest")).toBe(read("kubernetes/uptime.yaml"))
  })
})
