/** How long a thread that is blocked for ever takes to be replaced: `node blocked.ts TIMES`. Sends its figures. */
import { worker } from "effect-governor/process"
import { Governor, type LogEntry } from "effect-governor/promise"
import { median } from "../../statistics.ts"
import { now } from "../system.ts"
import { send } from "./send.ts"

const times = Number(process.argv[2])
if (!(times > 0)) throw new Error("expected how often it is measured")
const heartbeatTimeout = 500

const fileOf = (name: string): URL => new URL(`../threads/${name}.js`, import.meta.url)

/** When a thread has said so, in milliseconds: "at work 12345n", in nanoseconds. */
const momentIn = (line: string): number => Number.parseInt(line.replace(/^\D+/, ""), 10) / 1e6

/** From the start of the governor to the work of its one thread. */
const startEmpty = async (): Promise<number> => {
  let moment = Number.NaN
  const log = ({ message }: LogEntry) => {
    if (message.startsWith("at work")) moment = momentIn(message)
  }
  const governor = new Governor({ log })
  governor.add("empty", worker(fileOf("empty")))
  const began = now()
  governor.start()
  await governor.waitForShutdown()
  return moment - began
}

/** From each block to the work of the next thread. */
const replaceBlocked = (): Promise<ReadonlyArray<number>> =>
  new Promise((resolve) => {
    const took: Array<number> = []
    let blockedAt = Number.NaN
    const log = ({ message }: LogEntry) => {
      if (message.startsWith("blocked")) blockedAt = momentIn(message)
      if (!message.startsWith("at work") || Number.isNaN(blockedAt)) return
      took.push(momentIn(message) - blockedAt)
      if (took.length === times) void governor.shutdown().then(() => resolve(took))
    }
    const governor = new Governor({ log, restart: 0 })
    governor.add("blocked", worker(fileOf("blocked"), { heartbeatTimeout, stopTimeout: "100 millis" }))
    governor.start()
  })

const empty: Array<number> = []
for (let i = 0; i < 2 * times; i++) empty.push(await startEmpty())
const replaced = median(await replaceBlocked())
send({
  "start of an empty file, ms": median(empty),
  "blocked to the next at work, ms": replaced,
  "beyond the heartbeatTimeout, in starts": (replaced - heartbeatTimeout) / median(empty)
})
