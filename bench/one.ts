/**
 * The measured process: one workload of one peer, whose figures it prints. To see where its time goes:
 *
 *   npm exec -c 'node --expose-gc --cpu-prof bench/one.ts governor "storm 1 threw" 1 1000'
 */
import { argv } from "node:process"
import { peers } from "./peers/index.ts"
import { workloads } from "./workloads/index.ts"

const [peer, workload, count, millis] = argv.slice(2) as [string, string, string, string]
const { engine } = await peers[peer]!.load!()
try {
  const figures = await workloads[workload]!.measure(engine, { count: Number(count), millis: Number(millis) })
  console.log(JSON.stringify(figures))
  process.exit() // whatever a peer has left
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
