import { Server, ServerCredentials } from "@grpc/grpc-js"
import type { ServiceAPI } from "effect-governor/promise"
import { promisify } from "node:util"
import { answers } from "./answers.ts"
import { work } from "./work.ts"

export const rpc = async ({ defer, ready, sleep }: ServiceAPI) => {
  const server = new Server()
  server.addService(answers, {
    ask: async (call: { request: string }, answer: (error: null, value: string) => void) =>
      answer(null, await work(call.request)),
    watch: () => {} // streams until its client has enough
  })
  defer(async () => {
    const patience = setTimeout(() => server.forceShutdown(), 3000) // streams would hold `tryShutdown` without limit
    await promisify(server.tryShutdown).call(server)
    clearTimeout(patience)
  })
  await promisify(server.bindAsync).call(server, `127.0.0.1:${process.env["PORT"]}`, ServerCredentials.createInsecure())
  ready()
  await sleep("Infinity")
}
