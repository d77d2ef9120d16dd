/**
 * Services that can be killed: each run is a process.
 *
 * @since 0.1.0
 */
export { command } from "./command.ts"
export type { CommandOptions } from "./CommandOptions.ts"
export * as ProcessError from "./ProcessError.ts"
export * as ServiceProcess from "./ServiceProcess.ts"
