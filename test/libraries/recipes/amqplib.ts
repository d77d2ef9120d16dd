import { connect } from "amqplib"
import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const consumer = async ({ defer, log, ready, until }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const connection = await until(connect(process.env["AMQP_URL"] ?? ""))
  let isOpen = true
  const closed = once(connection, "close").finally(() => isOpen = false)
  const channel = await connection.createChannel()
  await channel.assertQueue("jobs")
  const { consumerTag } = await channel.consume("jobs", (message) => {
    if (message === null) return
    jobs.begin(async () => {
      await work(message.content.toString())
      channel.ack(message)
    })
  })
  defer(async () => {
    if (!isOpen) return // all methods of a closed connection throw
    await channel.cancel(consumerTag)
    await jobs.settled()
    await channel.close()
    await connection.close()
  })
  ready()
  await until(closed)
}
