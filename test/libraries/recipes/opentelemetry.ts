import { trace } from "@opentelemetry/api"
import { NodeSDK } from "@opentelemetry/sdk-node"
import type { ServiceAPI } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

// The services whose spans it sends name this service in `dependsOn`, so that their last spans are sent too.
export const telemetry = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const sdk = new NodeSDK({ serviceName: "recipe" })
  sdk.start()
  // While the collector is away, `shutdown` takes 9 seconds and rejects.
  defer(() => Promise.race([sdk.shutdown(), setTimeout(3000)]).catch((error) => log.warn("telemetry: %s", error)))
  trace.getTracer("recipe").startSpan("ready").end()
  ready()
  await sleep("Infinity")
}
