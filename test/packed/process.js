import { command, worker } from "effect-governor/process"
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
const threads = new Governor({ log: ({ message }) => message === "hello" && said.push(message) })
const said = []
threads.add("thread", worker(new URL("./thread.js", import.meta.url), { data: "hello" })).start()
await threads.waitForShutdown()
console.log("ok", ok && said.length === 1)
