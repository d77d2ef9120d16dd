/**
 * The errors of a cluster.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { durationInWords } from "../internal/input/durationInWords.ts"

/**
 * The run that wrote is not the newest run of its service: another node has the service now, or this node began another
 * run. Nothing was written.
 *
 * **Details**
 *
 * - `service`: the name of the service
 * - `epoch`: the epoch of the run that wrote
 * - `current`: the epoch of the newest run
 * - `node`: the node that began the newest run
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ClusterError } from "effect-governor/cluster"
 *
 * console.log(new ClusterError.FenceLost({ service: "billing", epoch: 3, current: 4, node: "10.0.0.7:7000" }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class FenceLost extends /* @__PURE__ */ Data.TaggedError("FenceLost")<{
  readonly service: string
  readonly epoch: number
  readonly current: number
  readonly node: string | null
}> {
  override get message(): string {
    const owner = this.node === null ? "" : ` on node "${this.node}"`
    return `write of service "${this.service}": expected the run of epoch ${this.epoch} to be the newest, `
      + `got a run of epoch ${this.current}${owner}`
  }
}

/**
 * The database of the write does not know the service, so nothing fences the write: this is not the database of the
 * cluster. Nothing was written.
 *
 * **Details**
 *
 * - `service`: the name of the service
 * - `epoch`: the epoch of the run that wrote
 * - `table`: the table that must have the service
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ClusterError } from "effect-governor/cluster"
 *
 * console.log(new ClusterError.FenceMissing({ service: "billing", epoch: 3, table: "governor.governor_services" }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class FenceMissing extends /* @__PURE__ */ Data.TaggedError("FenceMissing")<{
  readonly service: string
  readonly epoch: number
  readonly table: string
}> {
  override get message(): string {
    return `write of service "${this.service}": expected the database of the cluster, whose table ${this.table} has the `
      + `service, got a database that does not know the service`
  }
}

/**
 * A node has other settings than the nodes that are in the cluster already. Such nodes would run some services twice and
 * others not at all, so the node is refused.
 *
 * **Details**
 *
 * - `setting`: the name of the setting
 * - `cluster`: what the nodes in the cluster have
 * - `node`: what this node has
 *
 * A cluster takes the settings of the first node that comes when no other is there. So stop all nodes before you change
 * one of them.
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ClusterError } from "effect-governor/cluster"
 *
 * console.log(new ClusterError.SettingDiffers({ setting: "shardsPerGroup", cluster: "12", node: "24" }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class SettingDiffers extends /* @__PURE__ */ Data.TaggedError("SettingDiffers")<{
  readonly setting: string
  readonly cluster: string
  readonly node: string
}> {
  override get message(): string {
    return `${this.setting} of this node: expected ${this.cluster}, which the nodes in the cluster have, got ${this.node}; `
      + `all nodes must be stopped before ${this.setting} is changed`
  }
}

/**
 * Another process that is alive has the address of this node. The other nodes could not tell them apart, so the second
 * is refused.
 *
 * **Details**
 *
 * - `address`: the address of both
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ClusterError } from "effect-governor/cluster"
 *
 * console.log(new ClusterError.AddressTaken({ address: "10.0.0.7:7000" }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class AddressTaken extends /* @__PURE__ */ Data.TaggedError("AddressTaken")<{
  readonly address: string
}> {
  override get message(): string {
    return `address of this node: expected an address that no other process in the cluster has, got "${this.address}"`
  }
}

/**
 * This node has lost the lease of a service, and the run of the service has not ended in time. Another node may run the
 * service now, so the process of the run must end.
 *
 * **Details**
 *
 * - `service`: the name of the service
 * - `millis`: how long the run had to end, in milliseconds
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ClusterError } from "effect-governor/cluster"
 *
 * console.log(new ClusterError.LeaseOutlived({ service: "billing", millis: 5000 }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class LeaseOutlived extends /* @__PURE__ */ Data.TaggedError("LeaseOutlived")<{
  readonly service: string
  readonly millis: number
}> {
  override get message(): string {
    return `run of service "${this.service}": expected its end within ${
      durationInWords(this.millis)
    }, because this node `
      + `has lost the lease of the service, got a run that goes on`
  }
}
