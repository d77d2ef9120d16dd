import { describe, expect, it } from "vitest"
import { Hub } from "../../src/node/Hub.ts"
import { makeMember } from "../../src/node/HubState.ts"
import { settingsOf, type SignalOptions } from "../../src/node/signals.ts"
import type { ShutdownReason } from "../../src/ShutdownReport.ts"
import { SimulatedSystem } from "./SimulatedSystem.ts"

const make = () => {
  const system = new SimulatedSystem()
  const hub = new Hub(system)
  const lines: Array<string> = []
  /** A governor, as the hub sees it. Its shutdown begins when it is asked for, and is over when the test says so. */
  const governor = (name: string, shutdownTimeout = 25_000) => {
    const it = {
      reason: undefined as ShutdownReason | undefined,
      running: [] as ReadonlyArray<string>,
      unsettled: [] as ReadonlyArray<string>,
      asked: 0,
      catches: (options: SignalOptions = {}) => hub.catches(member, settingsOf(options)),
      begins: () => {
        it.running = [`${name} service`]
        hub.begins(member)
      },
      ends: (isOk = true) => {
        it.running = []
        hub.ends(member, { ok: isOk, reason: it.reason ?? { _tag: "AllOver" }, duration: 0, services: [] })
      },
      settles: () => {
        it.unsettled = []
        hub.settles()
      }
    }
    const member = makeMember({
      shutdown: (reason) => {
        it.asked++
        it.reason ??= reason
        return Promise.resolve()
      },
      reason: () => it.reason,
      shutdownTimeout: () => shutdownTimeout,
      running: () => it.running,
      unsettled: () => it.unsettled,
      log: (level, message) => void lines.push(`${level === "Warn" ? "warn " : ""}${name}: ${message}`)
    })
    return it
  }
  return { system, hub, lines, governor }
}
const all = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]

describe("who is listened to (16a, 16c)", () => {
  it("one listener for each signal, however many governors, and only for their signals", () => {
    const { governor, system } = make()
    const [one, two, three] = [governor("one"), governor("two"), governor("three")]
    one.catches({ signals: ["SIGTERM", "SIGUSR2"] })
    two.catches({ signals: ["SIGTERM"], catchUncaught: true })
    three.begins()
    expect(system.listening()).toEqual(["SIGTERM", "SIGUSR2", "exit", "uncaughtException", "unhandledRejection"])
    one.begins()
    two.begins()
    one.ends()
    expect(system.listening()).toEqual(["SIGTERM", "exit", "uncaughtException", "unhandledRejection"])
    two.ends()
    expect(system.listening()).toEqual(["exit"]) // one that runs may not have settled as the process leaves
    three.ends()
    expect(system.listening()).toEqual([])
  })

  it("a governor from the call on, not while it is over, and again when a service of it begins", () => {
    const { governor, system } = make()
    const one = governor("one")
    expect(system.listening()).toEqual([])
    one.catches()
    expect(system.listening()).toEqual(all)
    expect(system.outlives).toBe(true)
    one.begins()
    one.ends()
    expect(system.listening()).toEqual([])
    expect(system.outlives).toBe(true) // the last line may fail
    system.advance(0)
    expect(system.outlives).toBe(false)
    one.begins()
    expect(system.listening()).toEqual([...all, "exit"])
  })

  it("the latest options of a governor count", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.catches({ catchUncaught: true })
    one.catches({ signals: ["SIGINT"] })
    expect(system.listening()).toEqual(["SIGINT"])
    system.advance(0)
    expect(system.outlives).toBe(true)
    one.begins()
    one.ends()
    expect(system.listening()).toEqual([])
    one.catches({ signals: ["SIGTERM"] })
    expect(system.listening()).toEqual([]) // it is over
  })

  it("everybody until the process is gone, once a signal came", () => {
    const { governor, system } = make()
    const [one, two] = [governor("one"), governor("two")]
    one.catches()
    one.begins()
    system.signal("SIGTERM")
    one.ends()
    expect(system.listening()).toEqual(all)
    two.catches({ signals: ["SIGINT"] })
    one.catches({ signals: ["SIGHUP"] })
    expect(system.listening()).toEqual(all)
    system.advance(0)
    expect(system.outlives).toBe(true)
  })
})

describe("a signal (16b, 16c)", () => {
  it("shuts down those that have asked for it, and nobody else", () => {
    const { governor, lines, system } = make()
    const [one, two, three] = [governor("one"), governor("two"), governor("three")]
    one.catches()
    one.begins()
    two.catches({ signals: ["SIGINT"] })
    two.begins()
    three.begins()
    system.signal("SIGTERM")
    expect([one, two, three].map(({ reason }) => reason)).toEqual([
      { _tag: "Signal", signal: "SIGTERM" },
      undefined,
      undefined
    ])
    system.signal("SIGINT")
    expect([one, two, three].map(({ reason }) => reason)).toEqual([
      { _tag: "Signal", signal: "SIGTERM" },
      { _tag: "Signal", signal: "SIGINT" },
      undefined
    ])
    expect(lines).toEqual(["one: received SIGINT, already shutting down"])
  })

  it("that comes again is ignored for as long as the most patient governor says, and then ends the process", () => {
    const { governor, lines, system } = make()
    const [one, two, three] = [governor("one"), governor("two"), governor("three")]
    for (const each of [one, two, three]) each.begins()
    one.catches()
    two.catches({ again: "3 seconds" })
    system.signal("SIGTERM")
    system.advance(2999)
    system.signal("SIGTERM", "SIGINT")
    expect(system.exits).toEqual([])
    one.ends()
    system.advance(1)
    system.signal("SIGINT")
    expect(system.exits).toEqual([])
    system.signal("SIGTERM")
    expect(system.exits).toEqual([143])
    const again = "received SIGTERM again: exiting at once with code 143, services still running"
    expect(lines.slice(-2)).toEqual([`two: ${again}: "two service"`, `three: ${again}: "three service"`])
    expect(one.asked).toBe(2)
  })

  it("that comes again never ends the process, if a governor says so", () => {
    const { governor, system } = make()
    const [one, two] = [governor("one"), governor("two")]
    one.catches()
    two.catches({ again: "never" })
    system.signal("SIGTERM")
    system.advance(1e9)
    system.signal("SIGTERM")
    expect(system.exits).toEqual([])
  })

  it("that comes again when all is over names nobody, and ends the process", () => {
    const { governor, lines, system } = make()
    const [one, two] = [governor("one"), governor("two")]
    for (const each of [one, two]) {
      each.catches()
      each.begins()
    }
    system.signal("SIGINT")
    one.ends()
    two.ends()
    system.advance(50)
    system.signal("SIGINT", "SIGTERM")
    expect(system.exits).toEqual([])
    expect(lines).toEqual(["one: received SIGTERM, already shutting down"])
    system.advance(950)
    system.signal("SIGINT")
    expect(system.exits).toEqual([130])
    expect(lines.at(-1)).toBe("one: received SIGINT again: exiting at once with code 130, services still running: none")
  })

  it("shuts down who catches signals later, and who was over and begins again", () => {
    const { governor, system } = make()
    const [one, over, late, other] = [governor("one"), governor("over"), governor("late"), governor("other")]
    over.catches()
    over.begins()
    over.ends()
    one.catches()
    system.signal("SIGTERM")
    expect(over.reason).toBe(undefined)
    over.begins()
    late.catches()
    other.catches({ signals: ["SIGINT"] })
    expect([over, late, other].map(({ reason }) => reason)).toEqual([
      { _tag: "Signal", signal: "SIGTERM" },
      { _tag: "Signal", signal: "SIGTERM" },
      undefined
    ])
  })
})

describe("being up (15, 16e)", () => {
  it("one hold while anything is active; the channel is let go when nothing is, and taken back by the next start", () => {
    const { governor, system } = make()
    const [one, two] = [governor("one"), governor("two")]
    one.catches()
    expect(system.channel).toEqual([]) // the program may wait for a message before it starts anything
    one.begins()
    two.begins()
    expect(system.holds).toBe(1)
    one.ends()
    expect([system.holds, system.channel]).toEqual([1, []])
    two.ends()
    expect([system.holds, system.channel]).toEqual([0, ["unref"]])
    two.begins()
    one.begins()
    expect([system.holds, system.channel]).toEqual([1, ["unref", "ref"]])
  })

  it("the channel is none of our business if nobody catches signals", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.begins()
    one.ends()
    one.begins()
    expect(system.channel).toEqual([])
    one.ends()
    one.catches() // now it is
    expect(system.channel).toEqual(["unref"])
  })

  it("the channel is let go after a signal if nothing was ever started", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.catches()
    system.signal("SIGTERM")
    one.ends()
    expect(system.channel).toEqual(["unref"])
  })
})

describe("leaving after a signal (16f)", () => {
  it("names what holds the process one second after the end, and leaves it behind when the time is over", () => {
    const { governor, lines, system } = make()
    const [one, two] = [governor("one", 5000), governor("two", 10_000)]
    one.catches()
    two.catches()
    one.begins()
    system.kinds = ["TCPServerWrap"]
    system.signal("SIGTERM")
    two.ends()
    system.advance(3000)
    one.ends()
    system.advance(999)
    expect(lines).toEqual([])
    system.advance(1)
    expect(lines).toEqual([
      "warn one: shut down, but these resources keep the process up: TCPServerWrap; exiting in 6 s"
    ])
    system.advance(5999)
    expect(system.exits).toEqual([])
    system.advance(1)
    expect(system.exits).toEqual([0])
    expect(lines.at(-1)).toBe("warn one: the time of the shutdown is over: exiting with code 0")
  })

  it("leaves with its code, and never if the time is infinite", () => {
    for (const [timeout, exits] of [[2000, [1]], [Infinity, []]] as const) {
      const { governor, lines, system } = make()
      const one = governor("one", timeout)
      one.catches()
      one.begins()
      system.signal("SIGTERM")
      one.ends(false)
      system.advance(1e9)
      expect(system.exits).toEqual(exits)
      expect(lines[0]).toContain("a worker thread, a pipe, a Unix socket, standard input or the channel")
    }
  })

  it("leaves a second after the end at the soonest, so that it is always said", () => {
    const { governor, lines, system } = make()
    const one = governor("one", 100)
    one.catches()
    one.begins()
    system.signal("SIGTERM")
    system.advance(100)
    one.ends()
    system.advance(999)
    expect(system.exits).toEqual([])
    system.advance(1)
    expect(system.exits).toEqual([0])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain("; exiting with code 0")
  })

  it("does not leave while anything is active, and counts anew afterwards", () => {
    const { governor, system } = make()
    const [one, other] = [governor("one", 2000), governor("other")]
    one.catches()
    one.begins()
    system.signal("SIGTERM")
    one.ends()
    system.advance(1500)
    other.begins()
    system.advance(10_000)
    expect(system.exits).toEqual([])
    other.ends()
    system.advance(999)
    expect(system.exits).toEqual([])
    system.advance(1)
    expect(system.exits).toEqual([0])
  })

  it("says and does nothing when no signal came", () => {
    const { governor, lines, system } = make()
    const one = governor("one")
    one.catches()
    one.begins()
    one.ends(false)
    system.advance(1e9)
    expect([lines, system.exits]).toEqual([[], []])
  })
})

describe("the exit code (16g)", () => {
  it("is 1 if the latest report of any governor that catches signals is not ok", () => {
    const { governor, system } = make()
    const [one, two, three] = [governor("one"), governor("two"), governor("three")]
    one.catches()
    two.catches()
    for (const each of [one, two, three]) each.begins()
    three.ends(false)
    expect(system.exitCode).toBe(undefined)
    one.ends(false)
    two.ends(false)
    expect(system.exitCode).toBe(1)
    one.begins()
    one.ends()
    expect(system.exitCode).toBe(1)
    two.begins()
    expect(system.exitCode).toBe(undefined)
    two.ends()
    expect(system.exitCode).toBe(undefined)
    three.catches() // what has ended before counts too
    expect(system.exitCode).toBe(1)
    three.catches()
    three.begins()
    expect(system.exitCode).toBe(undefined)
  })

  it("follows a later report of a governor that was over", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.catches()
    one.begins()
    one.ends(false)
    one.ends(true) // the service that failed was removed before the shutdown
    expect(system.exitCode).toBe(undefined)
    one.ends(false)
    expect(system.exitCode).toBe(1)
  })

  it("is what the user has set, before or after", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.catches()
    one.begins()
    system.exitCode = 0
    one.ends(false)
    expect(system.exitCode).toBe(0)
    one.begins()
    system.exitCode = undefined
    one.ends(false)
    expect(system.exitCode).toBe(1)
    system.exitCode = 7
    one.begins()
    expect(system.exitCode).toBe(7)
  })

  it.each([
    { how: "runs", caught: true, code: 1 },
    { how: "was abandoned", caught: true, code: 1 },
    { how: "was abandoned and has settled", caught: true, code: 0 },
    { how: "runs", caught: false, code: 0 }
  ])("with a run of some governor that $how as the process exits, signals caught $caught: $code", (row) => {
    const { governor, system } = make()
    const [catching, other] = [governor("catching"), governor("other")]
    if (row.caught) catching.catches()
    other.begins()
    if (row.how !== "runs") {
      other.unsettled = ["hung"]
      other.ends(false)
    }
    if (row.how.endsWith("settled")) other.settles()
    system.exit()
    expect(system.exits).toEqual([row.code])
  })

  it("is what the user has set, whatever is left", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.catches()
    one.begins()
    system.exit(0)
    expect(system.exits).toEqual([0])
  })
})

describe("abandoned runs that hold the process (16h)", () => {
  const left = ({ governor }: ReturnType<typeof make>, reason?: ShutdownReason) => {
    const one = governor("one")
    one.catches()
    one.begins()
    one.unsettled = ["hung", "stuck"]
    one.reason = reason
    one.ends(false)
    return one
  }
  const line = `one: exiting with code 1, because abandoned runs keep the process up: "hung", "stuck"`

  it("end it with 1, a second after the last report, if a signal or its own services ended the governor", () => {
    for (const reason of [undefined, { _tag: "Significant", service: "a" }] as const) {
      const scene = make()
      left(scene, reason)
      scene.system.advance(999)
      expect(scene.system.exits).toEqual([])
      scene.system.advance(1)
      expect(scene.system.exits).toEqual([1])
      expect(scene.lines).toEqual([line])
    }
  })

  it("never after a shutdown by hand, nor of a governor that does not catch signals", () => {
    const scene = make()
    left(scene, { _tag: "Requested" })
    const other = scene.governor("other")
    other.begins()
    other.unsettled = ["hung"]
    other.ends(false)
    scene.system.advance(1e9)
    expect([scene.system.exits, scene.lines]).toEqual([[], []])
  })

  it("not while anything is active, and not once they have settled or run again", () => {
    const scene = make()
    const one = left(scene)
    const other = scene.governor("other")
    other.begins()
    scene.system.advance(5000)
    other.ends()
    scene.system.advance(500)
    one.settles()
    expect(scene.system.listening()).toEqual([])
    scene.system.advance(5000)
    expect(scene.system.exits).toEqual([])

    one.unsettled = ["hung"]
    one.begins()
    one.ends(false)
    scene.system.advance(500)
    one.settles()
    one.begins() // the run has settled, and its service restarts
    scene.system.advance(5000)
    one.ends()
    scene.system.advance(5000)
    expect([scene.system.exits, scene.lines]).toEqual([[], []])
    expect(scene.system.exitCode).toBe(undefined)
  })

  it("with the code that the user has set", () => {
    const scene = make()
    scene.system.exitCode = 7
    left(scene)
    scene.system.advance(1000)
    expect(scene.system.exits).toEqual([7])
    expect(scene.lines[0]).toContain("exiting with code 7")
  })
})

describe("errors nobody catches (16i)", () => {
  it("are logged with their origin; the first shuts all down, and ends the process with 1 a second later", async () => {
    const { governor, lines, system } = make()
    const [one, two] = [governor("one"), governor("two")]
    one.catches({ catchUncaught: true })
    two.catches()
    two.begins()
    system.exitCode = 0
    system.emit("uncaughtException", new Error("boom"), "uncaughtException")
    system.emit("unhandledRejection", new Error("again"), Promise.resolve())
    expect(lines).toEqual([
      "one: an uncaught error reached the process (uncaughtException)",
      "one: an uncaught error reached the process (unhandledRejection)"
    ])
    expect([one.reason?._tag, two.reason?._tag]).toEqual(["Uncaught", "Uncaught"])
    const late = governor("late")
    late.catches()
    expect(late.reason?._tag).toBe("Uncaught")
    two.ends()
    two.begins()
    expect(system.exitCode).toBe(1)
    await Promise.resolve().then(() => {}).then(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    system.advance(1000)
    expect(system.exits).toEqual([1])
    expect(lines).toHaveLength(2)
  })

  it("end the process a second after all is over, and say what holds it", () => {
    const { governor, lines, system } = make()
    const one = governor("one")
    one.catches({ catchUncaught: true })
    one.begins()
    system.emit("uncaughtException", new Error("boom"), "uncaughtException")
    one.ends()
    system.kinds = ["Timeout"]
    system.advance(1000)
    expect(system.exits).toEqual([1])
    expect(lines.at(-1)).toBe(
      "warn one: shut down, but these resources keep the process up: Timeout; exiting with code 1"
    )
  })
})
