import { Governor, RestartPolicy, type Service } from "effect-governor"
import { type CommandOptions, ProcessError, ServiceProcess } from "effect-governor/process"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"

const logger = Logger.make(({ logLevel, message }) => {
  const [line] = message as ReadonlyArray<unknown>
  if (line === "begun") console.log("run", ++runs)
  if (line === "hello from thread, run 1" && logLevel === "Warn") threads++
})
let [runs, threads] = [0, 0]

const script = "console.log('begun'); setTimeout(() => process.exit(Number(process.env.CODE)), 50)"
const ticker: Service.Service<
  ProcessError.MemoryExceeded | ProcessError.ProcessFailed | ProcessError.ProcessNotStarted
> = ServiceProcess.command(
  "ticker",
  process.execPath,
  ["-e", script],
  { env: { CODE: "3" }, restart: RestartPolicy.always(0, { maxRestarts: 1 }), stopTimeout: "10 seconds" }
)

const launch = (service: Service.Service<Error>) =>
  Effect.runPromise(Governor.launch(Governor.service(service)).pipe(Effect.provide(Logger.layer([logger]))))
const report = await launch(ticker)
const [cause] = report.services.flatMap(({ cause }) => cause?.reasons ?? [])
const thread = new URL("./effect-thread.js", import.meta.url)
const { ok } = await launch(ServiceProcess.worker("thread", thread, { data: "hello" }))
const forked = await launch(ServiceProcess.forked("thread", thread, { data: "hello" }))
console.log("ok", cause?._tag === "Fail" && cause.error !== undefined && !report.ok && ok && forked.ok && threads === 2)

export const options: CommandOptions = { output: "ignore" }

// @ts-expect-error: what is checked here has types
export const wrong = () => ServiceProcess.command("ticker", 7)
