/**
 * Reads the lines of a process that writes them as fast as it can: `node flood.ts facade COUNT`, or "effect" or "console". Sends
 * its figures.
 */
import { Governor as Core } from "effect-governor"
import { command, ServiceProcess } from "effect-governor/process"
import { Governor } from "effect-governor/promise"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { send } from "./send.ts"

const [how, count] = process.argv.slice(2) as [string, string]
const text = " of a flood of lines that are about as long as the lines of a log are"
const args = ["-f", `%.0f${text}`, "1", count]

let lines = 0
let wrong: string | undefined
let [first, last] = [0, 0]

/** Whether a line is missing, or comes too early. */
const hear = (message: string): void => {
  if (!message.endsWith(text)) return
  last = performance.now()
  if (lines++ === 0) first = last
  if (Number(message.slice(0, -text.length)) !== lines) wrong ??= `line ${lines} was "${message}"`
}

const inPlain = async (): Promise<void> => {
  const governor = new Governor({ log: ({ message }) => hear(message) })
  governor.add("flood", command("seq", args))
  governor.start()
  await governor.waitForShutdown()
}

/** With one logger that counts, or with one beside it that prints, as Effect does by default. */
const inEffect = async (isPrinted: boolean): Promise<void> => {
  const counts = Logger.make<unknown, void>(({ message }) => hear(String(message)))
  const loggers = isPrinted ? [counts, Logger.defaultLogger] : [counts]
  const flood = Core.launch(Core.service(ServiceProcess.command("flood", "seq", args)))
  await Effect.runPromise(Effect.provide(flood, Logger.layer(loggers)))
}

if (how === "facade") await inPlain()
else await inEffect(how === "console")
if (lines !== Number(count)) wrong ??= `${lines} lines of ${count} came`
if (wrong !== undefined) throw new Error(wrong)
send({ "lines a second": 1000 * (lines - 1) / (last - first) })
