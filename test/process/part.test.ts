/** The run of a process or a thread as a part of another effect. */
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Governor, Service } from "../../src/index.ts"
import { ServiceProcess } from "../../src/process/index.ts"

const deaf = "trap '' TERM; while true; do sleep 0.05; done"
const work = new URL("../fixtures/threads/work.ts", import.meta.url)
const stopTimeout = "300 millis"

it.each([
  ["a command", ServiceProcess.command("part", "sh", ["-c", deaf], { stopTimeout })],
  ["a thread", ServiceProcess.worker("part", work, { data: { how: "deaf" }, stopTimeout })],
  ["a process of Node", ServiceProcess.forked("part", work, { data: { how: "deaf" }, stopTimeout })]
])("%s that is interrupted by its own program is ended by force when its time is over", async (_, { options, run }) => {
  const limited = Effect.timeoutOption(run, "1 second")
  const whole = Service.make("whole", limited, { stopTimeout: options.stopTimeout })
  const { ok } = await Effect.runPromise(Governor.launch(Governor.service(whole))) // for ever, if nobody ended it
  expect(ok).toBe(true)
})
