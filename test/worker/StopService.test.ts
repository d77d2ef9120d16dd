/** `StopService` of a thread is that of the governor, without Effect. */
import { describe, expect, it } from "vitest"
import { Governor, StopService as WithEffect } from "../../src/promise/index.ts"
import { stopOf } from "../../src/StopService.ts"
import { StopService } from "../../src/worker/index.ts"

const bad = (options: unknown) => options as undefined

describe("StopService of a thread", () => {
  const error = new Error("enough")

  it.each([[{}], [{ restart: true }], [{ restart: false }], [{ error }], [{ restart: false, error }], [undefined]])(
    "says with %o what the other one says",
    (options) => {
      const [own, other] = [new StopService(options), new WithEffect(options)]
      expect(stopOf(own)).toEqual(stopOf(other))
      expect(own).toMatchObject({ name: other.name, message: other.message })
      expect(own.cause).toBe(other.cause)
      expect(Object.keys(own)).toEqual(Object.keys(other))
    }
  )

  it("ends a service for good that runs beside its governor", async () => {
    const governor = new Governor({ log: () => {}, restart: 0 })
    let runs = 0
    governor.add("finite", () => {
      runs++
      throw new StopService({ restart: false })
    }).start()
    expect((await governor.waitForShutdown()).ok).toBe(true)
    expect(runs).toBe(1)
  })

  it.each([
    ["no object", 5, "StopService: expected an object, got 5"],
    ["nothing", null, "StopService: expected an object, got null"],
    ["an unknown option", { reason: "enough" }, "reason: expected one of restart, error, got \"reason\""]
  ])("refuses %s", (_, options, message) => {
    expect(() => new StopService(bad(options))).toThrow(new TypeError(message))
  })
})
