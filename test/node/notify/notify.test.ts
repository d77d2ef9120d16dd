/** Real programs, and a process that plays systemd: what reaches it, and from whom. */
import { spawn } from "node:child_process"
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, connect, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import type { Readable } from "node:stream"
import { describe, expect, it, onTestFinished } from "vitest"
import { run } from "../../child.ts"
import { watched } from "../../watched.ts"

const fixture = (name: string) => join(import.meta.dirname, `../../fixtures/${name}.ts`)

/** A folder that every user may read. */
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "notify-"))
  chmodSync(made, 0o755)
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

let count = 0
const addresses = {
  path: () => join(folder(), "notify"),
  abstract: () => `@effect-governor-test-${process.pid}-${count++}`
}

interface Received {
  readonly pid: number
  readonly uid: number
  readonly text: string
}

/** A process that plays systemd, once it listens. */
const systemd = async (address: string) => {
  const child = run("systemd", [address])
  await child.printed("listening")
  const received = () =>
    child.output().split("\n").filter((line) => line.startsWith("{")).map((line): Received => JSON.parse(line))
  return {
    received,
    hears: (text: string | RegExp) => child.printed(text),
    /** The names of all assignments, in their order. One that is repeated is there once. */
    names: () =>
      Array.from(new Set(received().flatMap(({ text }) => text.split("\n").map((line) => line.split("=")[0]))))
  }
}

const nobody = 65_534
/** Who may be tried: a test that is not root cannot become anybody else. */
const users = process.getuid!() === 0 ? [0, nobody] : [process.getuid!()]

const without = { NODE_OPTIONS: "--no-experimental-ffi" }
const isThere = (process.env["PATH"] ?? "").split(delimiter).some((path) => {
  try {
    accessSync(join(path, "systemd-notify"), constants.X_OK)
    return true
  } catch {
    return false
  }
})

const pidOf = async (child: ReturnType<typeof run>) => Number((await child.printed(/pid (\d+)/))[1])

describe.each(["promise", "effect"])("a program of the API %s under systemd", (api) => {
  it.each(users.flatMap((uid) => (["path", "abstract"] as const).map((kind) => ({ uid, kind }))))(
    "tells of its whole life in order, by itself: user $uid, $kind",
    async ({ kind, uid }) => {
      const address = addresses[kind]()
      const manager = await systemd(address)
      const child = run("notify", [api, JSON.stringify({ uid, waits: true })], { NOTIFY_SOCKET: address })
      const pid = await pidOf(child)
      await manager.hears("EXTEND_TIMEOUT_USEC")
      child.kill("SIGUSR2")
      await manager.hears("READY=1")
      child.kill("SIGTERM")
      await manager.hears("STOPPING=1")
      expect((await child.exit).code).toBe(0)
      const texts = manager.received().map(({ text }) => text)
      expect(texts[0]).toMatch(/^STATUS=.+\nEXTEND_TIMEOUT_USEC=6\d{7}$/)
      expect(texts[1]).toMatch(/^READY=1\nSTATUS=.+$/)
      expect(texts[2]).toMatch(/^STOPPING=1(\n|$)/)
      expect(manager.received().every((from) => from.pid === pid && from.uid === uid)).toBe(true)
    }
  )

  it("is not ready if a significant service fails before, and says why it stops", async () => {
    const address = addresses.abstract()
    const manager = await systemd(address)
    const child = run("notify", [api, JSON.stringify({ fails: true, waits: true })], { NOTIFY_SOCKET: address })
    await manager.hears("EXTEND_TIMEOUT_USEC")
    child.kill("SIGUSR2")
    expect((await child.exit).code).toBe(1)
    await manager.hears("STOPPING=1")
    expect(manager.names()).toEqual(["STATUS", "EXTEND_TIMEOUT_USEC", "STOPPING"])
  })

  it("leaves none of the variables to its children", async () => {
    const variables = { NOTIFY_SOCKET: "@nobody", WATCHDOG_USEC: "1", WATCHDOG_PID: "1", READY_FD: "" }
    const child = run("notify", [api, JSON.stringify({ options: { readyFd: "READY_FD" } })], variables)
    await child.printed("left: nothing")
  })
})

describe("the watchdog", () => {
  it("hears of the event loop, in times below a second too, and holds no process up", async () => {
    const address = addresses.path()
    const manager = await systemd(address)
    const child = run("notify", ["promise"], { NOTIFY_SOCKET: address, WATCHDOG_USEC: "150000" })
    await manager.hears(/(WATCHDOG=1[^]*){6}/)
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
  })

  it("hears nothing if another process shall be watched", async () => {
    const address = addresses.path()
    const manager = await systemd(address)
    const variables = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" }
    const child = run("notify", ["promise"], variables)
    await manager.hears("READY=1")
    child.kill("SIGTERM")
    await manager.hears("STOPPING=1")
    expect(manager.names()).not.toContain("WATCHDOG")
  })
})

describe("without node:ffi", () => {
  it.each(isThere ? users : [])("the command systemd-notify sends the messages: user %s", async (uid) => {
    const address = addresses.path()
    const manager = await systemd(address)
    const child = run("notify", ["promise", JSON.stringify({ uid })], { ...without, NOTIFY_SOCKET: address })
    await manager.hears("READY=1")
    child.kill("SIGTERM")
    await manager.hears("STOPPING=1")
    expect((await child.exit).code).toBe(0)
    expect(child.output().includes("the unit needs NotifyAccess=all")).toBe(uid !== 0)
    expect(manager.received().every((from) => from.uid === uid)).toBe(true)
  })

  /** A folder with a command of that name. */
  const commandThat = (does: string) => {
    const bin = folder()
    writeFileSync(join(bin, "systemd-notify"), `#!/bin/sh\n${does}\n`, { mode: 0o755 })
    return bin
  }

  it("any command of that name gets the socket and the messages, and is told not to wait", async () => {
    const address = addresses.path()
    const manager = await systemd(address)
    const play = `NODE_OPTIONS= exec "${process.execPath}" "${fixture("systemd-notify")}" "$@"`
    const child = run("notify", ["promise"], { ...without, PATH: commandThat(play), NOTIFY_SOCKET: address })
    const pid = await pidOf(child)
    await manager.hears("READY=1")
    child.kill("SIGTERM")
    await manager.hears("STOPPING=1")
    expect((await child.exit).code).toBe(0)
    expect(manager.received().every((from) => from.text.startsWith("--no-block\n") && from.pid !== pid)).toBe(true)
  })

  it("the log says once that a command fails, and the program goes on", async () => {
    const env = { ...without, PATH: commandThat("exit 3"), NOTIFY_SOCKET: "@nobody" }
    const child = run("notify", ["promise"], env)
    await child.printed("systemd-notify ended with code 3")
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
    expect(child.output().split("could not be sent to systemd")).toHaveLength(2)
  })

  it("the package unix-dgram sends the messages, if it is there", async () => {
    const modules = folder()
    mkdirSync(join(modules, "unix-dgram"))
    const play = `
      exports.createSocket = () => Object.assign(new (require("node:events"))(), {
        send: (bytes, offset, length, path, done) => {
          console.log("unix-dgram:", path, bytes.toString("utf8", offset, length).replaceAll("\\n", " "))
          done()
        },
        close: () => {}
      })`
    writeFileSync(join(modules, "unix-dgram", "index.js"), play)
    const child = run("notify", ["promise"], { ...without, NODE_PATH: modules, NOTIFY_SOCKET: "/nobody" })
    await child.printed(/unix-dgram: \/nobody READY=1/)
    child.kill("SIGTERM")
    await child.printed(/unix-dgram: \/nobody STOPPING=1/)
    expect((await child.exit).code).toBe(0)
  })

  it("the log says what is missing and what helps, if Node permits nothing that can send", async () => {
    const env = { NODE_OPTIONS: "--permission --allow-fs-read=*", NOTIFY_SOCKET: "/nobody" }
    const child = run("notify", ["promise"], env)
    await child.printed("What helps: use Node 26.10 or newer (with --allow-ffi under --permission)")
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
  })

  it("the log says what is missing and what helps, if nothing can send", async () => {
    const child = run("notify", ["promise"], { ...without, PATH: folder(), NOTIFY_SOCKET: "/nobody" })
    await child.printed(/error systemd expects messages, and none can be sent: .*node:ffi.*unix-dgram.*systemd-notify/)
    await child.printed("What helps: use Node 26.10 or newer")
  })
})

describe("an address that takes no messages", () => {
  it("is told of once, and the program goes on", async () => {
    const child = run("notify", ["promise"], { NOTIFY_SOCKET: "/nobody", WATCHDOG_USEC: "3000" })
    await child.printed("ENOENT")
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
    expect(child.output().split("could not be sent to systemd")).toHaveLength(2)
  })

  it("gets what it missed once somebody listens", async () => {
    const address = addresses.path()
    const child = run("notify", ["promise"], { NOTIFY_SOCKET: address })
    await child.printed("ENOENT")
    const manager = await systemd(address)
    await manager.hears("READY=1")
  })

  it.each([
    ["of another kind", { NOTIFY_SOCKET: "vsock:2:1234" }, /NOTIFY_SOCKET is "vsock:2:1234"\. What helps/],
    ["that is missing", { WATCHDOG_USEC: "1000000" }, /WATCHDOG_USEC is set and NOTIFY_SOCKET is not\. What helps/]
  ])("%s is an error in the log", async (_, variables, line) => {
    await run("notify", ["promise"], variables).printed(line)
  })
})

/** A program with more than its output: what comes on descriptor 3, or from it by a message. */
const withMore = (program: ReadonlyArray<string>, more: "pipe" | "ipc", env: Record<string, string> = {}) => {
  const child = spawn(program[0]!, program.slice(1), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", more]
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return { child, ...watched(child, [child.stdout!, child.stderr!]) }
}

const notifying = (settings: object) => [process.execPath, fixture("notify"), "promise", JSON.stringify(settings)]

describe("a process manager that waits for a line (s6, dinit)", () => {
  /** What was written until the descriptor was closed. */
  const read = async (descriptor: Readable) => {
    const chunks = await descriptor.toArray()
    return Buffer.concat(chunks).toString()
  }

  it.each([
    ["by its number", { readyFd: 3 }, {}],
    ["by a variable", { readyFd: "READY_FD" }, { READY_FD: "3" }]
  ])("gets one, and the descriptor is closed: %s", async (_, options, env) => {
    const { child, exit, kill, output } = withMore(notifying({ options }), "pipe", env)
    expect(await read(child.stdio[3] as Readable)).toBe("\n")
    expect(output()).toContain("[api] ready")
    kill("SIGTERM")
    expect((await exit).code).toBe(0)
  })

  it("gets none if a significant service fails before", async () => {
    const { child, exit } = withMore(notifying({ fails: true, options: { readyFd: 3 } }), "pipe")
    expect(await read(child.stdio[3] as Readable)).toBe("")
    expect((await exit).code).toBe(1)
  })

  it("gets none if the variable is not set", async () => {
    const { exit, kill, output, printed } = withMore(notifying({ options: { readyFd: "READY_FD" } }), "pipe")
    await printed("[api] ready")
    kill("SIGTERM")
    expect((await exit).code).toBe(0)
    expect(output()).not.toContain("did not hear")
  })

  it("must not be Node itself: a descriptor that is none to write to is an error in the log", async () => {
    const child = run("notify", ["promise", JSON.stringify({ options: { readyFd: 3 } })])
    await child.printed("the process manager did not hear that the services are ready")
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
  })
})

describe("a parent that waits for a message (pm2)", () => {
  const messages = async (settings: object, env: Record<string, string> = {}) => {
    const { child, exit, printed } = withMore(notifying(settings), "ipc", env)
    const heard: Array<unknown> = []
    child.on("message", (message) => {
      heard.push(message)
      child.kill("SIGTERM")
    })
    await printed("[api] ready")
    return { heard, child, exit }
  }

  it.each([
    ["under pm2", {}, { pm_id: "0" }],
    ["if it is asked for", { options: { pm2: true } }, {}]
  ])("gets it: %s", async (_, settings, env) => {
    const { exit, heard } = await messages(settings, env)
    expect((await exit).code).toBe(0)
    expect(heard).toEqual(["ready"])
  })

  it.each([
    ["under another parent", {}, {}],
    ["if it is not to", { options: { pm2: false } }, { pm_id: "0" }]
  ])("does not get it: %s", async (_, settings, env) => {
    const { child, exit, heard } = await messages(settings, env)
    child.kill("SIGTERM")
    expect((await exit).code).toBe(0)
    expect(heard).toEqual([])
  })

  it("may be missing", async () => {
    const child = run("notify", ["promise"], { pm_id: "0" })
    await child.printed("[api] ready")
    child.kill("SIGTERM")
    expect((await child.exit).code).toBe(0)
  })
})

describe("a socket that the process manager has opened", () => {
  const descriptorOf = (server: Server) =>
    (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd
  const shell = (pid: string) =>
    `export LISTEN_PID=${pid} LISTEN_FDS=1 LISTEN_FDNAMES=web; exec "${process.execPath}" "${fixture("activated")}"`

  it("is listened to, and closed with its server", async () => {
    const opened = createServer()
    const port = await new Promise<number>((resolve) =>
      opened.listen(0, "127.0.0.1", () => resolve((opened.address() as AddressInfo).port))
    )
    const child = spawn("/bin/sh", ["-c", shell("$$")], { stdio: ["ignore", "pipe", "pipe", descriptorOf(opened)] })
    onTestFinished(() => void child.kill("SIGKILL"))
    const { exit, output, printed } = watched(child, [child.stdout!, child.stderr!])
    await printed("listening\n")
    opened.close() // from now on only the child accepts
    const answer = await connect(port, "127.0.0.1").setEncoding("utf8").toArray()
    expect(answer.join("")).toBe("hello")
    expect((await exit).code).toBe(0)
    expect(output()).toContain(`sockets ${JSON.stringify([{ fd: 3, name: "web" }])}\nagain true\nleft: nothing\n`)
    expect(output()).toContain("still open false")
  })

  it("is not touched if it is for another process", async () => {
    const child = spawn("/bin/sh", ["-c", shell("1")], { stdio: ["ignore", "pipe", "pipe"] })
    const { exit, output } = watched(child, [child.stdout, child.stderr])
    expect((await exit).code).toBe(0)
    expect(output()).toBe("sockets []\nagain true\nleft: nothing\n")
  })
})
