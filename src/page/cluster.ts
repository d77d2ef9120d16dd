/**
 * Asks how the services are in the whole cluster. It changes without an event of this governor.
 */
import { clusterIn, type ClusterStatus } from "../operations/inCluster.ts"
import { type Door, get, pause } from "./request.ts"
import type { Message, State } from "./store.ts"

/** How long between two questions, and until the first one can be asked, in milliseconds. */
const [usual, soon] = [2000, 200]

/** Goes on until the signal, while somebody looks. A process that is in no cluster is asked once. */
export const watchCluster = async (
  door: Door,
  stateOf: () => State,
  tell: (message: Message) => void
): Promise<void> => {
  let asked: string | undefined
  let isThere = false
  for (; !door.signal.aborted; await pause(asked === undefined ? soon : usual, door.signal)) {
    const { connection, recording } = stateOf()
    const epoch = recording?.head.epoch
    if (document.hidden || connection._tag !== "Open" || (epoch === asked && !isThere)) continue
    const cluster = await ask(door).catch(() => null)
    if (cluster === null) continue // who follows the events says that nobody answers
    asked = epoch
    isThere = cluster !== undefined
    tell({ _tag: "Clustered", cluster })
  }
}

const ask = async (door: Door) => {
  const response = await get(door, "services?scope=cluster")
  return response.ok
    ? clusterIn(await response.json() as { readonly node?: string; readonly services: ReadonlyArray<ClusterStatus> })
    : null
}
