/**
 * The panels of the page: what is shown of one service, of the start and of a shutdown.
 */
export { Chain } from "./chain.tsx"
export { Details } from "./details.tsx"
export type { Kept } from "./kept.ts"
export { Shutdown } from "./shutdown.tsx"
