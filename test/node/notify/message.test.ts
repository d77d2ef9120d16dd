/** What systemd reads: texts, addresses and times. */
import { describe, expect, it } from "vitest"
import { pathOf, sockaddrOf } from "../../../src/node/notify/address.ts"
import { ofStart, ofStop, watchdogPeriod } from "../../../src/node/notify/extension.ts"
import { merged, textOf } from "../../../src/node/notify/message.ts"

describe("a message", () => {
  it("has a line for each assignment", () => {
    expect(textOf(new Map([["READY", "1"], ["STATUS", "2 of 2 ready"]]))).toBe("READY=1\nSTATUS=2 of 2 ready")
  })

  it("has no line more, whatever a value holds", () => {
    expect(textOf(new Map([["STATUS", "lost:\n\nREADY=1\r\n"]]))).toBe("STATUS=lost: READY=1 ")
  })

  it("is short enough for systemd, whatever a value holds", () => {
    expect(Buffer.byteLength(textOf(new Map([["STATUS", "–".repeat(9999)]])))).toBeLessThanOrEqual(4096)
  })

  it("keeps the order of an earlier one, and the values of a later one", () => {
    const both = merged(new Map([["READY", "1"], ["STATUS", "old"]]), new Map([["STATUS", "new"], ["STOPPING", "1"]]))
    expect(textOf(both)).toBe("READY=1\nSTATUS=new\nSTOPPING=1")
  })
})

describe("an address", () => {
  it.each([
    ["/run/systemd/notify", "/run/systemd/notify"],
    ["@abstract", "\0abstract"],
    ["@", undefined],
    ["vsock:2:1234", undefined],
    ["relative", undefined],
    ["", undefined]
  ])("%j", (address, path) => {
    expect(pathOf(address)).toBe(path)
  })

  it("of a path ends with a zero byte, that of an abstract socket does not", () => {
    expect(sockaddrOf("/a")?.subarray(2)).toEqual(Buffer.from("/a\0"))
    expect(sockaddrOf("\0a")?.subarray(2)).toEqual(Buffer.from("\0a"))
  })

  it("has at most 108 bytes", () => {
    expect(sockaddrOf(`/${"a".repeat(106)}`)).toHaveLength(110)
    expect(sockaddrOf(`/${"a".repeat(107)}`)).toBeUndefined()
    expect(sockaddrOf(`\0${"a".repeat(107)}`)).toHaveLength(110)
    expect(sockaddrOf(`\0${"a".repeat(108)}`)).toBeUndefined()
  })
})

describe("how much longer", () => {
  const now = 100_000
  const starting = (name: string, startedAt: number) => ({ _tag: "Starting" as const, name, startedAt })
  const specs = [{ name: "slow", startTimeout: 30_000 }, { name: "fast", startTimeout: 5000 }, { name: "unlimited" }]

  it.each<[what: string, statuses: Parameters<typeof ofStart>[0], extension: number | undefined]>([
    [
      "the longest rest of those that start, and two seconds",
      [starting("slow", now - 1000), starting("fast", now)],
      31_000
    ],
    ["a service without a limit says nothing", [starting("unlimited", now), starting("fast", now - 1000)], 6000],
    ["nothing is known if no service has a limit", [starting("unlimited", now)], undefined],
    ["a service whose time is over gets no more", [starting("fast", now - 5000)], undefined],
    ["a service that does not start has no time", [{ _tag: "Running", name: "slow", startedAt: now }], undefined],
    ["no service", [], undefined]
  ])("a start takes: %s", (_, statuses, extension) => {
    expect(ofStart(statuses, specs, now)).toBe(extension)
  })

  it("a stop takes: the rest of its time, and two seconds; nothing is known if that is not limited", () => {
    expect([ofStop(now + 25_000, now), ofStop(now - 1, now), ofStop(undefined, now)]).toEqual([27_000, 2000, undefined])
  })

  it("the watchdog waits: three signs of life come in that time, and a timer can have their period", () => {
    expect([30_000, 500, 1.5, 1e12].map(watchdogPeriod)).toEqual([10_000, 166, 1, 2 ** 31 - 1])
  })
})
