/** The run on the side where its work is done. */
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { Governor, type ServiceAPI } from "../../src/promise/index.ts"
import type { Said } from "../../src/worker/messages.ts"
import { makeRun } from "../../src/worker/Run.ts"

const made = () => {
  const said: Array<Said> = []
  const told = { _tag: "Begin", name: "a", run: 1, epoch: 0, part: undefined, data: undefined } as const
  const run = makeRun({ ...told, minimumLogLevel: "Info", heard: undefined }, (one) => void said.push(one))
  return { ...run, said }
}

describe("sleep", () => {
  it("lasts longer than any timer of a platform", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const day = 86_400_000
    const awake = vi.fn()
    void made().api.sleep("60 days").then(awake)
    void made().api.sleep("Infinity").then(awake)
    await vi.advanceTimersByTimeAsync(59 * day)
    expect(awake).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2 * day)
    expect(awake.mock.calls).toEqual([[false]])
    vi.clearAllTimers()
  })

  it.each<Parameters<ServiceAPI["sleep"]>[0]>([-5, "-1 second", "-Infinity", { seconds: 0.001 }, [0, 1], 0n])(
    "takes %s, as it does in the program of the governor",
    async (duration) => {
      expect(await made().api.sleep(duration)).toBe(false)
      const governor = new Governor({ log: () => {} })
      const answers: Array<boolean> = []
      governor.add("a", ({ sleep }) => sleep(duration).then((answer) => void answers.push(answer))).start()
      await governor.waitForShutdown()
      expect(answers).toEqual([false])
    }
  )

  it("rejects what is no duration", async () => {
    await expect(made().api.sleep("soon" as never)).rejects.toThrow(/expected a duration/)
    await expect(made().api.sleep({ fortnights: 1 } as never)).rejects.toThrow(/expected a duration/)
  })
})

it("says any reason as a text", () => {
  const { api, said } = made()
  api.unready(Symbol("s") as never)
  expect(said).toEqual([{ _tag: "Unready", reason: "Symbol(s)" }])
})
