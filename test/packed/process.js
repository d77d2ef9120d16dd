import { command } from "effect-governor/process"
import { Governor } from "effect-governor/promise"

const governor = new Governor({
  log: ({ message, run }) => {
    if (message !== "begun") return
    console.log("run", run)
    void (run === 1 ? governor.get("ticker").restart() : governor.shutdown())
  }
})
governor.add("ticker", command(process.execPath, ["-e", "console.log('begun'); setTimeout(() => {}, 60_000)"])).start()
const { ok } = await governor.waitForShutdown()
console.log("ok", ok)
