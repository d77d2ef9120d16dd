/**
 * Services that can be killed: each run is a process.
 *
 * @since 0.1.0
 */
export { command } from "./command.ts"
export type { CommandOptions } from "./CommandOptions.ts"
export { forked } from "./forked.ts"
export type { ForkOptions } from "./ForkOptions.ts"
export type { MemoryInput } from "./Memory.ts"
export * as ProcessError from "./ProcessError.ts"
export * as ServiceProcess from "./ServiceProcess.ts"
export type { ThreadOptions } from "./ThreadOptions.ts"
export { worker } from "./worker.ts"
