/**
 * The test kit for programs that use a governor, with promises or with Effect. It loads no test runner and works with
 * any.
 *
 * @since 0.1.0
 */
export { collectEvents, type EventCollector } from "./events.ts"
export { type Probe, probe } from "./probe.ts"
export { serviceAPI } from "./serviceAPI.ts"
export { TestGovernor } from "./TestGovernor.ts"
export type { TestExit } from "./TestProcess.ts"
