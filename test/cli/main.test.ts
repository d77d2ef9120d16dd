/** The command `effect-governor`, in processes of its own, with a server that answers as a governor does. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { manifest } from "../../src/cli/k8s.ts"
import { unit } from "../../src/cli/unit.ts"
import { root } from "../entries.ts"
import { command as operate } from "./operator.ts"

const version: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version

const command = (...args: ReadonlyArray<string>) => operate(args)

const budget = {
  apiVersion: 1,
  governor: "feeds",
  longestStart: 20_000,
  longestStop: 12_000,
  shutdownTimeout: 25_000,
  drainDelay: 5000,
  heartbeatTimeout: 15_000
}
const numbers = {
  name: "feeds",
  longestStart: 20_000,
  longestStop: 12_000,
  shutdownTimeout: 25_000,
  drainDelay: 5000,
  heartbeat: 15_000
}

/** Answers at the port or the path. */
const serve = async (at: number | string, answer: RequestListener): Promise<AddressInfo | string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => void server.listen(at, resolve))
  onTestFinished(() => void server.close())
  return server.address()!
}

const asGovernor: RequestListener = ({ method, url }, response) => {
  response.statusCode = method === "GET" && url === "/budget" ? 200 : 404
  response.end(JSON.stringify(budget))
}

const urlOf = (address: AddressInfo | string) => `http://127.0.0.1:${(address as AddressInfo).port}`

describe("effect-governor", () => {
  it("prints a unit and a deployment from the numbers of a running governor", async () => {
    const address = await serve(0, asGovernor)
    const url = urlOf(address)
    const { port } = address as AddressInfo
    expect(await command("unit", "--url", url)).toEqual({ code: 0, stdout: unit({ ...numbers, port }), stderr: "" })
    const named = await command("unit", "--url", url, "--name", "app", "--exec", "node main.js")
    expect(named.stdout).toBe(unit({ ...numbers, name: "app", port }, "node main.js"))
    const deployment = await command("k8s", "--url", url, "--image", "app:2")
    expect(deployment).toEqual({ code: 0, stdout: manifest({ ...numbers, port }, "app:2"), stderr: "" })
  })

  it("asks at a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-governor-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const socket = join(folder, "operations.sock")
    await serve(socket, asGovernor)
    const { stdout } = await command("k8s", "--socket", socket)
    expect(stdout).toBe(manifest({ ...numbers, port: 9000 }))
  })

  it("asks with a token, and under the path where the operations are mounted", async () => {
    const guarded: RequestListener = ({ headers, url }, response) => {
      response.statusCode = url === "/ops/budget" && headers.authorization === "Bearer secret" ? 200 : 401
      response.end(JSON.stringify(budget))
    }
    const url = `${urlOf(await serve(0, guarded))}/ops`
    expect((await command("unit", "--url", url, "--token", "secret")).code).toBe(0)
    expect((await command("unit", "--url", `${url}/`, "--token", "secret")).code).toBe(0)
    expect((await command("unit", "--url", url)).stderr).toContain("401")
  })

  it("says how it is used, and its version", async () => {
    const help = await command("--help")
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/\n +69 {2}no governor answers, or too many do\n/)
    expect(help.stdout).toMatch(/unit +Prints a unit of systemd/)
    expect(help.stdout).toMatch(/k8s +Prints a deployment of Kubernetes/)
    expect((await command("--version")).stdout).toContain(version)
    const unknown = await command("units")
    expect(unknown.code).toBe(64)
    expect(unknown.stderr).toContain("units")
  })
})
