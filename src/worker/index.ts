/**
 * The work of a thread or a process that is a service.
 *
 * @since 0.1.0
 */
export type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
export { serve } from "./serve.ts"
export { StopService } from "./StopService.ts"
