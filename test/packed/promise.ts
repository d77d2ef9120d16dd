import {
  type Duration,
  Governor,
  type GovernorOptions,
  type ServiceAPI,
  type ShutdownReport,
  type Stoppable
} from "effect-governor/promise"

const delay: Duration = 0
const options: GovernorOptions = { log: () => {}, stopTimeout: undefined }
const governor = new Governor(options).catchSignals().restart(delay)

class Ticker implements Stoppable {
  async run({ run, sleep }: ServiceAPI) {
    console.log("run", run)
    if (run === 1) throw new Error("crashed")
    void governor.shutdown("seen enough")
    await sleep("1 hour")
  }

  stop() {}
}

governor.add("ticker", { create: () => new Ticker() })
governor.start()
const { ok }: ShutdownReport = await governor.waitForShutdown()
console.log("ok", ok)

// @ts-expect-error: what is checked here has types
export const wrong = () => governor.add("walker", { walk: () => {} })
