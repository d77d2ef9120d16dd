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
})
