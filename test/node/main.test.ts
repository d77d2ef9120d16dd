import { describe, expect, it } from "vitest"
import { run } from "../child.ts"

/** Lines of the program itself, without those of the log. */
const said = (output: string) => output.split("\n").filter((line) => /^[a-z]/.test(line))

const signalled = async (
  program: string,
  signal: NodeJS.Signals,
  when: string,
  options: ReadonlyArray<string> = []
) => {
  const child = run("main", [program, ...options])
  await child.printed(when)
  child.kill(signal)
  return { exit: await child.exit, lines: said(child.output()), output: child.output() }
}

describe("runMain", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)(
    "ends a program cleanly on %s, with 0, and the report names it",
    async (signal) => {
      const { exit, lines, output } = await signalled("launch", signal, "service up")
      expect(exit).toEqual({ code: 0, signal: null })
      expect(lines).toEqual([
        "database opens",
        "service up",
        "service down",
        "database closes",
        `reported true {"_tag":"Signal","signal":"${signal}"}`
      ])
      expect(output).toContain(`shutting down: received ${signal}`)
    }
  )

  it("interrupts a program that waits for no governor, which closes all in order", async () => {
    const { exit, lines } = await signalled("Layer.launch", "SIGTERM", "service up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["database opens", "service up", "service down", "database closes"])
  })

  it("interrupts a program without a governor", async () => {
    const { exit, lines, output } = await signalled("no governor", "SIGINT", "up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["up", "down"])
    expect(output).toContain("received SIGINT: ending the program")
  })

  it("interrupts a set of services that is being built", async () => {
    const { exit, lines } = await signalled("building", "SIGTERM", "building")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["building", "rolled back"])
  })

  it("shuts down a governor that is made after the signal", async () => {
    const { exit, lines } = await signalled("one more, too late", "SIGTERM", "first up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["first up", "second closed"])
  })

  it("shuts down a governor whose scope nobody closes", async () => {
    const child = run("main", ["its scope stays open"])
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(said(child.output())).toEqual(["the program is over", "left down"])
    expect((await run("main", ["its scope stays open, and one failed"]).exit).code).toBe(0)
  })

  it.each<[string, ReadonlyArray<string>, number, string]>([
    ["0 when all is over and well", ["over"], 0, "reported true {\"_tag\":\"AllOver\"}"],
    ["0 when a service failed, and the program did not", ["crashed"], 0, "reported false {\"_tag\":\"AllOver\"}"],
    [
      "0 when the program failed, tried again, and ended well",
      ["tries again"],
      0,
      "reported true {\"_tag\":\"Significant\""
    ],
    ["1 when the program fails", ["fails"], 1, "the program failed"],
    ["1 when a significant service fails", ["significant"], 1, "the significant service \"main\" failed"],
    ["what the user set, when a service failed", ["crashed", "7"], 7, "reported false"],
    ["what the user set, when all is well", ["over", "7"], 7, "reported true"],
    ["0 when only a governor inside a service was not ok", ["nested"], 0, "inner is over"]
  ])("exits with %s", async (_, args, code, text) => {
    const child = run("main", args)
    expect(await child.exit).toEqual({ code, signal: null })
    expect(child.output()).toContain(text)
  })

  it("exits with 0 when a service fails while it stops, and the program does not", async () => {
    const { exit, output } = await signalled("fails to stop", "SIGTERM", "bad up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(output).toContain("reported false {\"_tag\":\"Signal\"")
  })

  it("prints a cause once", async () => {
    const child = run("main", ["significant"])
    await child.exit
    expect(child.output().split("Error: boom").length - 1).toBe(1)
  })

  it("bounds the shutdown of its governors, and what holds the process after it", async () => {
    const { exit, output } = await signalled("abandoned, and holds the process", "SIGTERM", "hung up")
    expect(exit).toEqual({ code: 1, signal: null })
    expect(output).toContain("reported false")
    const own = await signalled("hung", "SIGTERM", "fine up", [`{"shutdownTimeout":100}`])
    expect(own.exit).toEqual({ code: 1, signal: null })
    expect(own.output).toContain("reported false")
  })

  it("lets a program that waited for its governor come to its own end", async () => {
    const { exit, lines } = await signalled("goes on", "SIGTERM", "service up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines.at(-1)).toBe("done")
  })

  it("exits with 1 when it fails on its own way to the end", async () => {
    const { exit, output } = await signalled("goes on, and fails", "SIGTERM", "service up")
    expect(exit).toEqual({ code: 1, signal: null })
    expect(output).toContain("the program failed")
  })

  it.each(["goes on for ever", "goes on beside it for ever"])(
    "interrupts it when it takes too long, says so, and exits with 1: %s",
    async (program) => {
      const { exit, lines, output } = await signalled(program, "SIGTERM", "service up", [`{"shutdownTimeout":10}`])
      expect(exit).toEqual({ code: 1, signal: null })
      expect(lines.at(-1)).toBe("interrupted")
      expect(output).toContain("the program did not end within its shutdownTimeout (10 ms): interrupting it\n")
      expect(output).not.toContain("exiting without it")
    }
  )

  it("leaves without it, with 1, when it does not end then", async () => {
    const { exit, output } = await signalled("cannot be ended", "SIGTERM", "service up", [`{"shutdownTimeout":10}`])
    expect(exit).toEqual({ code: 1, signal: null })
    expect(output).toContain(
      "the program did not end within its shutdownTimeout (10 ms), nor after an interruption: exiting without it"
    )
  })

  it("interrupts a program whose governor has ended before", async () => {
    const { exit, lines } = await signalled("closed before", "SIGTERM", "shut down in")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["database opens", "built", "database closes"])
  })

  it("closes what is inside of one another in order", async () => {
    const { exit, lines, output } = await signalled("one inside another", "SIGTERM", "api up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["writer up", "api up", "api down", "between closes", "writer down"])
    expect(output.split("shutting down: received SIGTERM").length - 1).toBe(2)
  })

  it("shuts governors down together that have nothing to do with one another, within one timeout", async () => {
    const { exit, output } = await signalled("three, hung", "SIGTERM", "all up", [`{"shutdownTimeout":300}`])
    expect(exit).toEqual({ code: 1, signal: null })
    const order = output.split("\n").flatMap((line) => /shutting down|abandoned:/.exec(line)?.[0] ?? [])
    expect(order).toEqual([...Array(3).fill("shutting down"), ...Array(3).fill("abandoned:")])
  })

  it("interrupts a program whose governor is shutting down already, when nobody waits for that", async () => {
    const { exit } = await signalled("closing, and nobody waits", "SIGTERM", "slow stops", [
      `{"shutdownTimeout":"Infinity"}`
    ])
    expect(exit).toEqual({ code: 0, signal: null })
  })

  it("takes services that can no more be added for no failure", async () => {
    const { exit, lines, output } = await signalled("one is still being built", "SIGTERM", "first up")
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines).toEqual(["first up", "first down"])
    expect(output).not.toContain("GovernorClosed")
  })

  it("takes a timeout that is longer than a timer", async () => {
    const { exit, lines } = await signalled("longer than a timer", "SIGTERM", "service up", [
      `{"shutdownTimeout":"30 days"}`
    ])
    expect(exit).toEqual({ code: 0, signal: null })
    expect(lines.at(-1)).toBe("done")
  })

  it("leaves when the last of two programs has ended, though something holds the process", async () => {
    const child = run("main", ["two programs"])
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(said(child.output())).toEqual(["second over"])
  })

  it("with catchUncaught, logs an error nobody caught, ends the program, and exits with 1", async () => {
    const child = run("main", ["uncaught", `{"catchUncaught":true}`])
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(said(child.output()).slice(0, 2)).toEqual(["service up", "service down"])
    expect(child.output()).toContain("nobody listens")
    expect(child.output()).toContain("reported true {\"_tag\":\"Uncaught\"")
    expect(child.output()).toContain("service: 'throws', run: 1")
  })

  it("takes no other options", async () => {
    const child = run("main", ["over", `{"patience":1}`])
    expect((await child.exit).code).toBe(1)
    expect(child.output()).toContain(
      "patience: expected one of signals, again, catchUncaught, exitCodes, terminationMessage, shutdownTimeout"
    )
    const negative = run("main", ["over", `{"shutdownTimeout":-1}`])
    expect((await negative.exit).code).toBe(1)
    expect(negative.output()).toContain("shutdownTimeout: expected")
  })
})

describe("catchSignals for Effect programs", () => {
  it("shuts the governor down on a signal; one listener each, and none before", async () => {
    const child = run("catch-signals", ["waits"])
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(said(child.output())).toEqual([
      "made: 0 0 0 0 0 0",
      "caught: 1 1 1 1 1 1",
      "up",
      "down",
      "down",
      "reported true {\"_tag\":\"Signal\",\"signal\":\"SIGTERM\"}",
      "after: 1 1 1 1 1 1" // until the process is gone, because an echo may come
    ])
    expect(child.output()).not.toContain("already") // it was told once, though asked to listen twice
  })

  it.each<[string, ReadonlyArray<string>, number]>([
    ["0 when all is over and well", ["returns"], 0],
    ["1 when a service failed", ["fails"], 1]
  ])("exits with %s", async (_, args, code) => {
    const child = run("catch-signals", args)
    expect(await child.exit).toEqual({ code, signal: null })
    expect(said(child.output()).at(-1)).toBe("after: 0 0 0 0 0 0")
  })

  it("exits with 1 when a run was abandoned", async () => {
    const child = run("catch-signals", ["hung", `{"shutdownTimeout":50}`])
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.output()).toContain("reported false")
  })
})
