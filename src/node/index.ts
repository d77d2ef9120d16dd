/**
 * The process for Effect programs: signals and exit codes.
 *
 * @since 0.1.0
 */
export { catchSignals } from "./catchSignals.ts"
export { runMain, type RunOptions } from "./main.ts"
export * as Probe from "./Probe.ts"
export type { SignalName, SignalOptions } from "./signals.ts"
