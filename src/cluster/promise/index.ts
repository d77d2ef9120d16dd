/**
 * The governor for plain TypeScript, whose process may be a node of a cluster.
 *
 * @since 0.1.0
 */
export * from "../../promise/index.ts"
export { AddressTaken, FenceLost, FenceMissing, LeaseOutlived, SettingDiffers } from "../ClusterError.ts"
export { Governor } from "./Governor.ts"
export { guard, type Sql } from "./guard.ts"
export type { ClusterOptions, GovernorOptions } from "./options.ts"
