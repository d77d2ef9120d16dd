import { Governor, RestartPolicy, type Service } from "effect-governor"
import { type CommandOptions, ProcessError, ServiceProcess } from "effect-governor/process"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"

const failed = Logger.make(({ message }) => {
  const [line] = message as ReadonlyArray<unknown>
  if (line === "begun") console.log("run", ++runs)
})
let runs = 0

const script = "console.log('begun'); setTimeout(() => process.exit(Number(process.env.CODE)), 50)"
const ticker: Service.Service<
  ProcessError.MemoryExceeded | ProcessError.ProcessFailed | ProcessError.ProcessNotStarted
> = ServiceProcess.command(
  "ticker",
  process.execPath,
  ["-e", script],
  { env: { CODE: "3" }, restart: RestartPolicy.always(0, { maxRestarts: 1 }), stopTimeout: "10 seconds" }
)

const report = await Effect.runPromise(
  Governor.launch(Governor.service(ticker)).pipe(Effect.provide(Logger.layer([failed])))
)
const [cause] = report.services.flatMap(({ cause }) => cause?.reasons ?? [])
console.log("ok", cause?._tag === "Fail" && cause.error !== undefined && !report.ok)

export const options: CommandOptions = { output: "ignore" }

// @ts-expect-error: what is checked here has types
export const wrong = () => ServiceProcess.command("ticker", 7)
