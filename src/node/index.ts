/**
 * The process, for either API: signals, exit codes, and what a process manager hears and gives.
 *
 * @since 0.1.0
 */
export { catchSignals } from "./catchSignals.ts"
export { runMain, type RunOptions } from "./main.ts"
export { activated, type ActivatedSocket } from "./notify/activated.ts"
export { notify, type NotifyingGovernor, type NotifyOptions } from "./notify/notify.ts"
export * as Probe from "./Probe.ts"
export type { SignalName, SignalOptions } from "./signals.ts"
