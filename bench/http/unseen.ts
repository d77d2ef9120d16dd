/**
 * The measured process of a workload that knows nothing of HTTP, with operations mounted, for which nobody asks. The other
 * builds are measured by `bench/one.ts`.
 */
import { argv } from "node:process"
import { operations } from "../../src/http/index.ts"
import { startSeen } from "../peers/governor.ts"
import { workloads } from "../workloads/index.ts"

const [workload, count, millis] = argv.slice(2) as [string, string, string]
const engine = {
  start: (fleet: Parameters<typeof startSeen>[0]) => startSeen(fleet, (governor) => operations(governor))
}
console.log(
  JSON.stringify(await workloads[workload]!.measure(engine, { count: Number(count), millis: Number(millis) }))
)
process.exit()
