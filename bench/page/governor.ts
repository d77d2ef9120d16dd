/** A governor for the page to look at, in a process of its own: `node governor.ts 5000`. A line on its input begins a storm. */
import { createInterface } from "node:readline"
import { operations } from "../../src/http/index.ts"
import { many } from "../../test/page/storm.ts"

const { blow, governor } = many(Number(process.argv[2]))
governor.catchSignals()
governor.start()
const { url } = await operations(governor).listen()
console.log(url)

let storm = new AbortController()
createInterface({ input: process.stdin }).on("line", (line) => {
  storm.abort()
  storm = new AbortController()
  const began = governor.snapshot().sequence
  const since = performance.now()
  const { signal } = storm
  const rate = Number(line)
  void blow(rate, signal).then(() => {
    console.log(Math.round((governor.snapshot().sequence - began) / ((performance.now() - since) / 1000)))
  })
})
