/**
 * The governor for plain TypeScript.
 *
 * @since 0.1.0
 */
export type { Input as Duration } from "effect/Duration"
export type { ClusterStatus } from "../ClusterStatus.ts"
export {
  CommandTimedOut,
  DependencyFailed,
  DuplicateService,
  GovernorClosed,
  GovernorFailed,
  InvalidOption,
  ProbeFailed,
  RestartLimitExceeded,
  RunAbandoned,
  RunKilled,
  RunTimedOut,
  ServiceInUse,
  UnknownNode,
  UnknownService
} from "../GovernorError.ts"
export type { Service, ServiceAPI, ServiceInput, Stoppable } from "../internal/bridge/ServiceApi.ts"
export type { Options as ProbeOptions } from "../node/Probe.ts"
export type { SignalName, SignalOptions } from "../node/signals.ts"
export { StopService } from "../StopService.ts"
export { Governor } from "./Governor.ts"
export type { GovernorOptions } from "./GovernorOptions.ts"
export type { LogEntry } from "./log.ts"
export type {
  GovernorEvent,
  Readiness,
  ServiceReport,
  ServiceStatus,
  ShutdownReport,
  Snapshot,
  Thrown
} from "./plain.ts"
export { Probe } from "./Probe.ts"
export type { RestartInput, RestartOptions } from "./restart.ts"
export type { ServiceConfig, ServiceOptions } from "./ServiceConfig.ts"
export type { ServiceHandle } from "./ServiceHandle.ts"
