import { TestGovernor } from "effect-governor/testing"

const test = new TestGovernor().catchSignals().restart("1 minute")
test.add("ticker", async ({ run, sleep }) => {
  console.log("run", run)
  if (run === 1) throw new Error("crashed")
  await sleep("1 hour")
})
test.start()
await test.advance("1 minute")
test.signal("SIGTERM")
const { ok } = await test.waitForShutdown()
console.log("ok", ok && test.exit.code === 0)
