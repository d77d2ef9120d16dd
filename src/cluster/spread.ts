/**
 * Which shard each service is in. Pure.
 *
 * A shard moves as a whole: a service that takes long to stop holds up those in its shard. So there are many shards. But the
 * parts of one service are spread evenly over the nodes only if they are spread evenly over few shards. So the shards are in
 * groups of 12, which are spread alike, and the parts of a service are in one group.
 */
import * as Hash from "effect/Hash"

/**
 * How many groups there are. All nodes must agree, so it is fixed: with 12 shards each these are 300.
 *
 * @internal
 */
export const groups: ReadonlyArray<string> = Array.from({ length: 25 }, (_, i) => i === 0 ? "default" : `group-${i}`)

/**
 * By which name a service is known to the cluster, and in which group.
 *
 * @internal
 */
export interface Place {
  readonly name: string
  readonly group: string
}

/**
 * The place of the service of this path. `slotOf` is the shard of a name inside of its group, from 1 to `slots`.
 *
 * @internal
 */
export const placeOf = (path: string, slots: number, slotOf: (name: string, group: string) => number): Place => {
  const [, whole, number] = /^(.*)\/(\d+)$/s.exec(path) ?? []
  const group = groups[Math.abs(Hash.string(whole ?? path)) % groups.length]!
  if (number === undefined) return { name: path, group }
  const due = Number(number) % slots + 1
  for (let salt = 0;; salt++) { // each name hits the slot by a chance of 1 to `slots`
    const name = salt === 0 ? path : `${path}#${salt}`
    if (slotOf(name, group) === due) return { name, group }
  }
}
