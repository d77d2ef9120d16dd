import { connect } from "@nats-io/transport-node"
import type { ServiceAPI } from "effect-governor/promise"
import { work } from "./work.ts"

export const responder = async ({ defer, ready, signal, until }: ServiceAPI) => {
  const connection = await until(connect({ servers: process.env["NATS_URL"] ?? "", maxReconnectAttempts: -1 }))
  defer(() => connection.close())
  const requests = connection.subscribe("jobs")
  // The loop goes on until the last request is answered. `connection.drain` would not wait for the loop.
  signal.addEventListener("abort", () => void requests.drain().catch(() => {}))
  ready()
  for await (const request of requests) request.respond(await work(request.string()))
}
