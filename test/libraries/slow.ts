/** A server that takes its time, for the programs that are clients: `node slow.ts <port>`. */
import { createServer } from "node:http"
import { setTimeout } from "node:timers/promises"

createServer(async (request, response) => {
  request.resume()
  if (request.method === "GET") await setTimeout(1500)
  response.end("done")
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"))
