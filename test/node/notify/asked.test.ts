/** What is read of an environment, and what is left of it. */
import { describe, expect, it } from "vitest"
import { takeActivated } from "../../../src/node/notify/activated.ts"
import { takeAsked } from "../../../src/node/notify/asked.ts"

const pid = 42

describe("what systemd asks for", () => {
  const address = "/run/systemd/notify"
  it.each<[what: string, environment: Record<string, string>, asked: object]>([
    ["nothing", {}, {}],
    ["messages", { NOTIFY_SOCKET: address }, { address }],
    ["nothing, if the variable is empty", { NOTIFY_SOCKET: "" }, {}],
    ["signs of life", { NOTIFY_SOCKET: address, WATCHDOG_USEC: "30000000" }, { address, watchdog: 30_000 }],
    ["signs of life of this process", { WATCHDOG_USEC: "1500", WATCHDOG_PID: "42" }, { watchdog: 1.5 }],
    ["no signs of life, if another process shall give them", { WATCHDOG_USEC: "1500", WATCHDOG_PID: "43" }, {}],
    ["no signs of life, if it says no time", { NOTIFY_SOCKET: address, WATCHDOG_USEC: "0" }, { address }],
    ["no signs of life, if it says nonsense", { NOTIFY_SOCKET: address, WATCHDOG_USEC: "soon" }, { address }]
  ])("%s", (_, environment, asked) => {
    const left: Record<string, string | undefined> = { ...environment, PATH: "/bin" }
    expect(takeAsked(left, pid)).toEqual(asked)
    expect(left).toEqual({ PATH: "/bin" })
  })
})

describe("the sockets of the process manager", () => {
  const [three, four] = [{ fd: 3, name: "web" }, { fd: 4, name: "metrics" }]
  it.each<[what: string, environment: Record<string, string>, sockets: ReadonlyArray<object>]>([
    ["none", {}, []],
    ["named", { LISTEN_PID: "42", LISTEN_FDS: "2", LISTEN_FDNAMES: "web:metrics" }, [three, four]],
    ["without names", { LISTEN_PID: "42", LISTEN_FDS: "1" }, [{ fd: 3, name: "unknown" }]],
    ["with too few names", { LISTEN_PID: "42", LISTEN_FDS: "2", LISTEN_FDNAMES: "web" }, [three, {
      fd: 4,
      name: "unknown"
    }]],
    ["with an empty name", { LISTEN_PID: "42", LISTEN_FDS: "2", LISTEN_FDNAMES: ":metrics" }, [
      { fd: 3, name: "" },
      four
    ]],
    ["of another process", { LISTEN_PID: "41", LISTEN_FDS: "1", LISTEN_FDNAMES: "web" }, []],
    ["of no process", { LISTEN_FDS: "1" }, []],
    ["so many that it is nonsense", { LISTEN_PID: "42", LISTEN_FDS: "many" }, []],
    ["fewer than none", { LISTEN_PID: "42", LISTEN_FDS: "-1" }, []]
  ])("%s", (_, environment, sockets) => {
    const left: Record<string, string | undefined> = { ...environment }
    expect(takeActivated(left, pid)).toEqual(sockets)
    expect(left).toEqual({})
  })
})
