/** All that keep processes up, in the order in which they are told. */
import { byHand, governor } from "./node.ts"
import { pm2 } from "./pm2.ts"
import { runit } from "./runit.ts"
import type { Supervisor } from "./Supervisor.ts"
import { supervisord } from "./supervisord.ts"

export const supervisors: Readonly<Record<string, Supervisor>> = { governor, byHand, pm2, runit, supervisord }

/** Those that are compared with a governor: without the one by hand, and without those that pause. */
export const rivals: ReadonlyArray<string> = Object.entries(supervisors).flatMap(([name, { pause }]) =>
  pause === undefined && name !== "governor" && name !== "byHand" ? [name] : []
)
