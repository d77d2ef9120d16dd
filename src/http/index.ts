/**
 * A governor over HTTP: probes, services, events, metrics and commands.
 *
 * @since 0.1.0
 */
export type { Listening } from "./Listener.ts"
export * as Operations from "./Operations.ts"
export type { ListenOptions, OperationsOptions } from "./options.ts"
export { operations } from "./plain.ts"
