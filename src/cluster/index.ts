/**
 * The same services in several processes, on Effect's own cluster and PostgreSQL.
 *
 * @since 0.1.0
 */
export * as ClusterError from "./ClusterError.ts"
export * as Fence from "./Fence.ts"
export * as GovernorCluster from "./GovernorCluster.ts"
