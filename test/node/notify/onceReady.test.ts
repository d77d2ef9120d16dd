/** When a governor is ready for the first time. */
import { describe, expect, it } from "vitest"
import { InvalidOption } from "../../../src/GovernorError.ts"
import { doorKey } from "../../../src/internal/door.ts"
import type { GovernorState } from "../../../src/internal/lifecycle/GovernorState.ts"
import { sightOf } from "../../../src/internal/sight.ts"
import { notify } from "../../../src/node/index.ts"
import { onceReady } from "../../../src/node/notify/onceReady.ts"
import { Governor } from "../../../src/promise/index.ts"
import { aborted } from "../../aborted.ts"

/** A governor whose log nobody reads, and how often it was said to be ready. */
const watchedGovernor = () => {
  const governor = new Governor({ log: () => {} })
  let said = 0
  onceReady(sightOf(governor), () => governor.whenReady(), () => said++)
  return { governor, said: () => said }
}

/** Long enough for all that follows at once. */
const turns = async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

const manual = (governor: Governor, name: string) => {
  let ready = () => {}
  governor.add(name, (api) => {
    ready = api.ready
    return aborted(api)
  }, { readiness: "manual" })
  return () => ready()
}

describe("a governor is ready", () => {
  it("not before a service is started", async () => {
    const { governor, said } = watchedGovernor()
    governor.add("api", aborted)
    await turns()
    expect(said()).toBe(0)
    governor.start()
    await turns()
    expect(said()).toBe(1)
    await governor.shutdown()
  })

  it("when all services are, also those that were started meanwhile, and only once", async () => {
    const { governor, said } = watchedGovernor()
    const first = manual(governor, "first")
    governor.start()
    const second = manual(governor, "second")
    await turns()
    governor.start()
    await turns()
    first()
    await turns()
    expect(said()).toBe(0)
    second()
    await turns()
    expect(said()).toBe(1)
    governor.add("third", aborted)
    governor.start()
    await turns()
    expect(said()).toBe(1)
    await governor.shutdown()
  })

  it("not while it shuts down", async () => {
    const { governor, said } = watchedGovernor()
    manual(governor, "api")
    governor.start()
    await turns()
    await governor.shutdown()
    await turns()
    expect(said()).toBe(0)
  })

  it("if a service has failed and another is up", async () => {
    const { governor, said } = watchedGovernor()
    governor.add("fails", () => Promise.reject(new Error("no")))
    governor.add("api", aborted)
    governor.start()
    await turns()
    expect(said()).toBe(1)
    await governor.shutdown()
  })

  it("not if all have failed, but when another is up", async () => {
    const { governor, said } = watchedGovernor()
    governor.add("fails", () => Promise.reject(new Error("no")))
    governor.start()
    await turns()
    expect(said()).toBe(0)
    governor.add("api", aborted)
    governor.start()
    await turns()
    expect(said()).toBe(1)
    await governor.shutdown()
  })
})

describe("notify", () => {
  it("hears no event and leaves no timer if nothing asks for it", () => {
    const governor = new Governor()
    const before = process.getActiveResourcesInfo()
    notify(governor)
    const { branch: { tree: { subscribers } } } = governor[doorKey].state as GovernorState
    expect([subscribers, process.getActiveResourcesInfo()]).toEqual([0, before])
  })

  it.each<[what: string, call: () => void, field: string]>([
    ["something that is no governor", () => notify({} as Governor), "governor"],
    ["options that are none", () => notify(new Governor(), 5 as never), "options"],
    ["an unknown option", () => notify(new Governor(), { fd: 3 } as never), "fd"],
    ["a status that is no flag", () => notify(new Governor(), { status: "yes" as never }), "status"],
    ["a pm2 that is no flag", () => notify(new Governor(), { pm2: 1 as never }), "pm2"],
    ["a descriptor that is none", () => notify(new Governor(), { readyFd: -1 }), "readyFd"],
    ["a variable without a number", () => {
      process.env["READY_FD"] = "three"
      notify(new Governor(), { readyFd: "READY_FD" })
    }, "readyFd"]
  ])("refuses %s", (_, call, field) => {
    expect(call).toThrow(InvalidOption)
    expect(call).toThrow(expect.objectContaining({ field }))
  })
})
