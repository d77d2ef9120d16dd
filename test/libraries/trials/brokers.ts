/** Programs that take messages from a broker. */
import { connect as connectNats } from "@nats-io/transport-node"
import { connect as connectAmqp } from "amqplib"
import { connectAsync as connectMqtt } from "mqtt"
import * as assert from "node:assert/strict"
import { setTimeout } from "node:timers/promises"
import type { Trial } from "../Trial.ts"

const mqtt: Trial = {
  server: "mosquitto",
  isForgetful: true,
  send: async ({ url }) => {
    const client = await connectMqtt(url)
    await client.publishAsync("jobs", "job", { qos: 1 })
    await client.endAsync()
    return () => {}
  }
}

const nats: Trial = {
  server: "nats",
  send: async ({ url }) => {
    const client = await connectNats({ servers: url })
    const ask = () => client.request("jobs", "job", { timeout: 10_000 }).then((message) => message.string(), String)
    let answer = ask()
    while ((await Promise.race([answer, setTimeout(300, "")])).includes("no responders")) answer = ask()
    return async () => {
      assert.equal(await answer, "done: job")
      await client.close()
    }
  }
}

const amqp: Trial = {
  server: "rabbitmq",
  send: async ({ url }) => {
    const connected = async <A>(use: (channel: Awaited<ReturnType<typeof open>>[1]) => Promise<A>): Promise<A> => {
      const [connection, channel] = await open(url)
      return use(channel).finally(() => connection.close())
    }
    await connected(async (channel) => {
      await channel.assertQueue("jobs")
      channel.sendToQueue("jobs", Buffer.from("job"), { persistent: true })
      await channel.waitForConfirms()
    })
    return async () => assert.equal(await connected((channel) => channel.get("jobs")), false)
  }
}

const open = async (url: string) => {
  const connection = await connectAmqp(url)
  return [connection, await connection.createConfirmChannel()] as const
}

export const trials: Readonly<Record<string, Trial>> = { amqplib: amqp, mqtt, nats }
