import { trace } from "@opentelemetry/api"
import { NodeSDK } from "@opentelemetry/sdk-node"
import type { ServiceAPI } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

// The services whose spans it sends name this service in `dependsOn`, so that their last spans are sent too.
export const telemetry = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const sdk = new NodeSDK({ serviceName: "recipe" })
  sdk.start()
  defer(async () => {
    const patience = setTimeout(3000, undefined, { ref: false }) // while the collector is away, it takes 9 seconds
    await Promise.race([sdk.shutdown(), patience]).catch((error) => log.warn("telemetry: %s", error))
  })
  trace.getTracer("recipe").startSpan("ready").end()
  ready()
  await sleep("Infinity")
}
