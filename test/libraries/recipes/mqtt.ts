import type { ServiceAPI } from "effect-governor/promise"
import { connect } from "mqtt"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const subscriber = async ({ defer, log, ready, sleep, until }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const client = connect(process.env["MQTT_URL"] ?? "")
  client.on("error", (error) => log.warn("mqtt: %s", error.message))
  client.on("message", (_, payload) => jobs.begin(() => work(payload.toString())))
  defer(() => client.endAsync(!client.connected)) // true: does not wait for the broker, which is away
  defer(() => jobs.settled())
  await until(client.subscribeAsync("jobs", { qos: 1 })) // waits for the broker; renewed after each connection
  ready()
  await sleep("Infinity")
}
