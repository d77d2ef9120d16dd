/**
 * Where the parts of a service go. Pure.
 *
 * A cluster puts a name on a shard by the hash of the name. So the parts of a service would be spread by chance, and one
 * node of three had three parts of six. A name may be changed until its hash brings it where it should be.
 */
import { shardsPerGroup } from "./timing.ts"

/**
 * The name of a part for the cluster: part after part on the shard after that of the service itself. So the nodes have
 * equally many parts, if the parts are a multiple of the shards.
 *
 * `shardOf` is the shard of a name, from 1, as `Sharding.getShardId` says it. All nodes find the same names.
 *
 * @internal
 */
export const nameOfPart = (service: string, part: number, shardOf: (name: string) => number): string => {
  const shard = (shardOf(service) - 1 + part) % shardsPerGroup + 1
  const plain = `${service}/${part}`
  let name = plain
  for (let trial = 1; shardOf(name) !== shard; trial++) name = `${plain}#${trial}`
  return name
}
