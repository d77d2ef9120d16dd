/**
 * A service supervisor for TypeScript back ends, built on Effect.
 *
 * @since 0.1.0
 */
export type * as ClusterStatus from "./ClusterStatus.ts"
export * as Governor from "./Governor.ts"
export * as GovernorError from "./GovernorError.ts"
export type * as GovernorEvent from "./GovernorEvent.ts"
export type * as Probe from "./Probe.ts"
export * as RestartPolicy from "./RestartPolicy.ts"
export * as Service from "./Service.ts"
export { ServiceRun } from "./ServiceRun.ts"
export type * as ServiceSpec from "./ServiceSpec.ts"
export * as ServiceStatus from "./ServiceStatus.ts"
export type * as ShutdownReport from "./ShutdownReport.ts"
export { StopService } from "./StopService.ts"
