import { once } from "node:events"
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { Agent, get, type IncomingMessage, request as ask } from "node:http"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { operations, type OperationsOptions } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { run } from "../child.ts"

const folder = mkdtempSync(join(tmpdir(), "governor-http-"))
afterAll(() => rmSync(folder, { recursive: true }))

const idle = ({ sleep }: { readonly sleep: (millis: number) => Promise<unknown> }) => sleep(1e9)

const started = async (options: OperationsOptions = {}, where = {}) => {
  const governor = new Governor({ log: () => {} })
  onTestFinished(() => void governor.shutdown())
  governor.add("api", idle)
  const listening = await operations(governor, options).listen(where)
  governor.start()
  return { governor, ...listening }
}

/** The status of a GET over a socket of this machine. */
const overSocket = (socketPath: string, path: string, headers = {}) =>
  new Promise<number>((resolve, reject) => {
    get({ socketPath, path, headers }, (response) => resolve((response.resume(), response.statusCode!))).on(
      "error",
      reject
    )
  })

describe("a listener of its own", () => {
  it("answers before the first service begins, and through the whole shutdown, and closes after the report", async () => {
    const governor = new Governor({ log: () => {} })
    let release = () => {}
    governor.add("slow", { run: idle, stop: () => new Promise<void>((resolve) => (release = resolve)) })
    const { url } = await operations(governor).listen()
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    governor.start()
    await governor.whenReady()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const shutdown = governor.shutdown()
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect(await (await fetch(`${url}/readyz`)).text()).toBe("shutting down\n")
    expect((await (await fetch(`${url}/services/slow`)).json()).service._tag).toBe("Stopping")
    release()
    await shutdown
    await expect.poll(() => fetch(`${url}/livez`).then(() => "answered", () => "refused")).toBe("refused")
  })

  it("is reached by this machine only, unless a host is given, and then shows strangers the bare probes alone", async () => {
    const { url } = await started({}, { host: "0.0.0.0" })
    const own = url.replace("0.0.0.0", "127.0.0.1")
    expect(await (await fetch(`${own}/readyz?verbose`)).text()).toBe("ok\n")
    for (const path of ["/services", "/why", "/events", "/metrics", "/logs", "/graph", "/plan?shutdown"]) {
      expect((await fetch(own + path)).status, path).toBe(404)
    }
    expect((await started()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await started({}, { host: "::1" })).url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  })

  it("closes the connection of a stream with the stream, so that no shutdown waits for the client", async () => {
    const { governor, url } = await started()
    const agent = new Agent({ keepAlive: true })
    const opened = await new Promise<IncomingMessage>((resolve) => void get(`${url}/events`, { agent }, resolve))
    opened.resume()
    const gone = once(opened.socket, "close")
    await governor.shutdown()
    await gone
    expect([opened.complete, opened.headers.connection]).toEqual([true, "close"])
  })

  it("does not listen to a name that somebody else gave this machine", async () => {
    const { url } = await started({ hosts: ["ops.example"] })
    const status = (host: string) =>
      new Promise((resolve) =>
        void get(`${url}/services`, { headers: { host } }, (response) => resolve(response.statusCode))
      )
    expect([await status("evil.example"), await status("ops.example:80"), await status("10.0.0.1")]).toEqual([
      421,
      200,
      200
    ])
  })

  it("can be a socket that only the same user opens, and leaves no file behind", async () => {
    const socketPath = join(folder, "own.sock")
    const { governor, url } = await started({}, { socketPath })
    expect(url).toBe(`unix:${socketPath}`)
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
    expect(await overSocket(socketPath, "/services", { host: "anything" })).toBe(200)
    await governor.shutdown()
    await expect.poll(() => existsSync(socketPath)).toBe(false)
  })

  it("can be a socket that the command finds by itself, in a folder that nobody else opens", async () => {
    const home = join(folder, "run")
    vi.stubEnv("XDG_RUNTIME_DIR", home)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { governor, url } = await started({}, { local: true })
    const socketPath = join(home, "effect-governor", `governor-${process.pid}.sock`)
    expect(url).toBe(`unix:${socketPath}`)
    expect(statSync(join(home, "effect-governor")).mode & 0o777).toBe(0o700)
    expect(await overSocket(socketPath, "/services")).toBe(200)
    await governor.shutdown()
    await expect.poll(() => existsSync(socketPath)).toBe(false)

    chmodSync(join(home, "effect-governor"), 0o755)
    await expect(started({}, { local: true })).rejects.toThrow(/expected a folder of this user that nobody else can/)
  })

  it("takes the place of a socket that a process has left behind, and of nothing else", async () => {
    const left = join(folder, "left.sock")
    const server = createServer().listen(left)
    await once(server, "listening")
    await expect(started({}, { socketPath: left })).rejects.toMatchObject({ code: "EADDRINUSE" })
    const file = join(folder, "file")
    writeFileSync(file, "")
    await expect(started({}, { socketPath: file })).rejects.toMatchObject({ code: "EADDRINUSE" })
    expect(existsSync(file)).toBe(true)
    server.close()
    const child = run("left-socket", [join(folder, "crashed.sock")])
    await child.exit
    expect(existsSync(join(folder, "crashed.sock"))).toBe(true)
    await started({}, { socketPath: join(folder, "crashed.sock") })
    expect(await overSocket(join(folder, "crashed.sock"), "/livez")).toBe(200)
  })

  it("can be closed before", async () => {
    const { close, url } = await started()
    await Promise.all([close(), close()])
    await expect(fetch(`${url}/livez`)).rejects.toThrow()
  })

  it("rejects if nothing can listen there, and for options that are wrong", async () => {
    const { url } = await started()
    const port = Number(new URL(url).port)
    await expect(started({}, { port })).rejects.toMatchObject({ code: "EADDRINUSE" })
    const wrong = [
      { port: -1 },
      { port: "80" },
      { host: "" },
      { socketPath: "" },
      { socketPath: "a", port: 1 },
      {
        path: "a"
      },
      { local: true, port: 1 },
      { local: true, socketPath: "a" },
      { local: "yes" }
    ]
    for (const where of wrong) await expect(started({}, where)).rejects.toMatchObject({ _tag: "InvalidOption" })
  })

  it("lets a client finish whose answer comes with the end, and does not wait for one that is idle", async () => {
    const { governor, url } = await started({ tokens: { control: "secret" } })
    const idle = connect(Number(new URL(url).port), "127.0.0.1")
    await once(idle, "connect")
    const request = ask(`${url}/services/api/stop?wait=60s`, {
      method: "POST",
      headers: { authorization: "Bearer secret" }
    })
    const answered = once(request, "response")
    request.end()
    const [response] = await answered
    expect(response.statusCode).toBe(200)
    await governor.shutdown()
    await once(idle.resume(), "close")
  })
})

describe("a process with a listener", () => {
  const child = async () => {
    const { exit, kill, printed } = run("http")
    return { exit, kill, url: (await printed(/listens: (\S+)/))[1]! }
  }

  it("ends when all is over, though nobody closes the listener, a client is connected, and a stream is open", async () => {
    const { exit, url } = await child()
    const stream = await fetch(`${url}/events`)
    const headers = { authorization: "Bearer secret" }
    expect((await fetch(`${url}/services/api/stop?wait=60s`, { method: "POST", headers })).status).toBe(200)
    expect(await exit).toEqual({ code: 0, signal: null })
    await stream.text().catch(() => {})
  })

  it("ends its streams with the last event on a signal, and has the exit code of the report", async () => {
    const { exit, kill, url } = await child()
    const stream = await fetch(`${url}/events`)
    kill("SIGTERM")
    expect(await stream.text()).toMatch(/event: ShutdownCompleted\ndata: .*\n\n$/)
    expect(await exit).toEqual({ code: 0, signal: null })
  })
})
