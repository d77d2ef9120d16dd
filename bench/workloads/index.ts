/** All that is measured, in the order in which it is told. */
import { backoff } from "./backoff.ts"
import { crash } from "./crash.ts"
import { events } from "./events.ts"
import { chain, fan, finalizer, idle, onInterrupt } from "./idle.ts"
import { nested } from "./nested.ts"
import { probes } from "./probes.ts"
import { awake, awakeStop } from "./sleepers.ts"
import { status } from "./status.ts"
import { logged, storm } from "./storm.ts"
import { tree } from "./tree.ts"
import { waits } from "./waits.ts"
import type { Workload } from "./Workload.ts"

export const workloads: Readonly<Record<string, Workload>> = {
  idle,
  onInterrupt,
  finalizer,
  backoff,
  "storm 1 returned": storm(1, "returned"),
  "storm 1 threw": storm(1, "threw"),
  "storm 100 returned": storm(100, "returned"),
  "storm 100 threw": storm(100, "threw"),
  "log none": logged("none", "no loggers"),
  "log throwing": logged("throwing", "a logger that throws"),
  "log console": logged("console", "the default logger, written to nowhere"),
  "log json": logged("json", "consoleJson, written to nowhere"),
  crash,
  sleepers: awake,
  "sleepers stop": awakeStop,
  events,
  status,
  chain,
  fan,
  waits,
  nested,
  tree,
  probes
}
