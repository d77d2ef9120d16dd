/**
 * The measured process: one workload of one peer over HTTP, whose figures it prints. To see where its time goes:
 *
 *   npm exec -c 'node --expose-gc --cpu-prof bench/http/one.ts metrics governor'
 */
import { argv } from "node:process"
import { workloads } from "./workloads.ts"

const [workload, peer, size] = argv.slice(2) as [string, string, string | undefined]
try {
  console.log(JSON.stringify(await workloads[workload]!.measure(peer, size === "small")))
  process.exit() // whatever a peer has left
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
