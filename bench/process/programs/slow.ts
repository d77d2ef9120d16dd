/**
 * What a process that writes as fast as it can does to the memory of its governor, if the log is slow: `node slow.ts SECONDS`. Sends
 * its figures.
 */
import { command } from "effect-governor/process"
import { Governor } from "effect-governor/promise"
import { send } from "./send.ts"

const span = 1000 * Number(process.argv[2])

/** How long the log takes for a line, in milliseconds. */
const slowness = 0.02

const began = performance.now()
const sizes: Array<{ readonly at: number; readonly rss: number }> = []
let lines = 0

const log = () => {
  const moment = performance.now()
  if (lines++ % 1000 === 0) sizes.push({ at: moment - began, rss: process.memoryUsage.rss() / 1e6 })
  while (performance.now() < moment + slowness);
}

const governor = new Governor({ log })
governor.add("flood", command("yes", ["a line of a flood that nobody reads as fast as it comes"]))
governor.start()
await new Promise((resolve) => setTimeout(resolve, span))
await governor.shutdown()

/** The first third of the time is that of the start. */
const early = sizes.filter(({ at }) => at < span / 3)
const late = sizes.filter(({ at }) => at >= span / 3)
const most = (all: typeof sizes) => Math.max(...all.map(({ rss }) => rss))
send({
  "lines a second": lines / (span / 1000),
  "RSS in the first third, MB": most(early),
  "RSS after that, MB": most(late),
  "RSS grows, MB": most(late) - most(early)
})
