/**
 * What idle threads take: `node idle.ts THREADS TIMEOUT WINDOWS SECONDS SETTLE`. Sends the shares of a core, in percent, one for
 * each window.
 */
import { worker } from "effect-governor/process"
import { Governor } from "effect-governor/promise"
import { setTimeout as delay } from "node:timers/promises"
import { send } from "./send.ts"

const [threads, timeout, windows, seconds, settle] = process.argv.slice(2) as [string, string, string, string, string]

const governor = new Governor({ log: () => {} })
const options = timeout === "default" ? {} : { heartbeatTimeout: Number(timeout) }
for (let i = 0; i < Number(threads); i++) {
  governor.add(`idle${i}`, worker(new URL("../threads/idle.js", import.meta.url), options))
}
governor.start()
await governor.whenReady()
await delay(1000 * Number(settle)) // what the start has left to do

const shares: Array<number> = []
for (let i = 0; i < Number(windows); i++) {
  const [before, began] = [process.cpuUsage(), performance.now()]
  await delay(1000 * Number(seconds))
  const { system, user } = process.cpuUsage(before)
  shares.push((user + system) / 10 / (performance.now() - began))
}
await governor.shutdown()
send(shares)
