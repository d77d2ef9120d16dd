/**
 * Effect's own cluster, as one node of it: it decides which node has which service. There are no entities and no messages.
 */
import { layerClientProtocol, layerSocketServer } from "@effect/platform-node/NodeClusterSocket"
import * as MessageStorage from "effect/cluster/MessageStorage"
import { RunnerAddress } from "effect/cluster/RunnerAddress"
import { RunnerHealth } from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import { RunnerStorage } from "effect/cluster/RunnerStorage"
import type { Sharding } from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SocketRunner from "effect/cluster/SocketRunner"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import type { SocketServerError } from "effect/socket/SocketServer"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { healthOf, watchNeighbour } from "./Membership.ts"
import { groups } from "./spread.ts"
import type { Timing } from "./timing.ts"

/**
 * One node of a cluster, as Effect knows it. `members` gives the storage in which the members are remembered.
 *
 * @internal
 */
export const shardingLayer = (
  address: RunnerAddress,
  timing: Timing,
  prefix: string,
  members: (storage: RunnerStorage["Service"]) => RunnerStorage["Service"]
): Layer.Layer<Sharding | RunnerStorage, SqlError | SocketServerError, SqlClient> => {
  const storage = Layer.effect(RunnerStorage, Effect.map(SqlRunnerStorage.make({ prefix }), members))
  const health = Layer.effect(RunnerHealth, Effect.map(Runners.Runners, (runners) => healthOf(runners, timing.ping)))
  return Layer.merge(SocketRunner.layer, neighbourLayer(address, timing)).pipe(
    Layer.provide(Layer.provide(health, Runners.layerRpc)),
    Layer.provide([layerSocketServer, layerClientProtocol]),
    Layer.provide(MessageStorage.layerNoop),
    Layer.provideMerge(storage),
    Layer.provide(ShardingConfig.layer({
      ...timing.sharding,
      availableShardGroups: groups,
      assignedShardGroups: groups,
      runnerAddress: Option.some(address)
    })),
    Layer.provide(RpcSerialization.layerNdjson)
  )
}

const neighbourLayer = (address: RunnerAddress, { sharding }: Timing) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const [storage, health] = [yield* RunnerStorage, yield* RunnerHealth]
    yield* Effect.forkScoped(watchNeighbour(address, storage, health, Number(sharding.runnerHealthCheckInterval)))
  }))

/** @internal */
export const runnerAddress = (host: string, port: number): RunnerAddress => RunnerAddress.make({ host, port })
