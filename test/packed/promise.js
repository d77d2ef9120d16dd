import { Governor } from "effect-governor/promise"

const governor = new Governor({ log: () => {} }).catchSignals().restart(0)

governor.add("ticker", async ({ run, sleep }) => {
  console.log("run", run)
  if (run === 1) throw new Error("crashed")
  void governor.shutdown("seen enough")
  await sleep("1 hour")
})

governor.start()
const { ok } = await governor.waitForShutdown()
console.log("ok", ok)
