/** What processes and threads as services take, need and fail with. */
import { describe, expectTypeOf, it } from "vitest"
import { command, type CommandOptions, ServiceProcess } from "../../src/process/index.ts"

describe("a command", () => {
  it("takes no heartbeatTimeout", () => {
    // @ts-expect-error
    command("sh", [], { heartbeatTimeout: "1 second" })
    // @ts-expect-error
    ServiceProcess.command("c", "sh", [], { heartbeatTimeout: "1 second" })
    expectTypeOf<ServiceProcess.WorkerOptions>().toHaveProperty("heartbeatTimeout")
    expectTypeOf<ServiceProcess.ForkedOptions>().toHaveProperty("heartbeatTimeout")
    expectTypeOf<CommandOptions>().not.toHaveProperty("heartbeatTimeout")
  })

  it("cannot call ready, so its readiness is not manual", () => {
    // @ts-expect-error
    command("sh", [], { readiness: "manual" })
    // @ts-expect-error
    ServiceProcess.command("c", "sh", [], { readiness: "manual" })
    command("sh", [], { readiness: "completed" })
    command("sh", [], { readiness: { check: () => true, every: "1 second" } })
    ServiceProcess.command("c", "sh", [], { readiness: "automatic" })
    ServiceProcess.command("c", "sh", [], { readiness: /ready/ })
    expectTypeOf<"manual">().toExtend<ServiceProcess.WorkerOptions["readiness"]>()
    expectTypeOf<"manual">().toExtend<ServiceProcess.ForkedOptions["readiness"]>()
  })
})
