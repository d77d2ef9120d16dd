/**
 * The cluster that a governor is in: its services, and the drain of a node.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { ClusterStatus } from "../../ClusterStatus.ts"
import { type Cluster, clusterIn, healthIn } from "../../operations/inCluster.ts"
import { between, inLine } from "../../operations/inWords.ts"
import { type Address, ask, type Both, dataIn, readBoth, refusalIn } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { print, width, writeJson } from "../output.ts"
import { clusterLines } from "../shown/cluster.ts"
import { line, span } from "../shown/text.ts"
import { chosen } from "./status.ts"
import { inVain, millisOf } from "./waiting.ts"

interface Answer {
  readonly now: number
  readonly node?: string
  readonly services: ReadonlyArray<ClusterStatus>
}

/** Undefined: the process is in no cluster. */
const clusterAt = async (address: Address): Promise<Cluster | undefined> =>
  clusterIn((await answerOf(address, "")).data)

/** In milliseconds: the cluster changes without an event of the governor. */
const pause = 2000

/**
 * Asks again and again how the cluster is, from the first call on. It ends if there is none, or with the signal; another process
 * that answers later may be in one, and it begins anew with the next call.
 */
export const clusterAsker = (
  address: Address,
  signal: AbortSignal,
  tell: (cluster: Cluster | undefined) => void
): () => void => {
  let isAsking = false
  const ask = async (): Promise<void> => {
    while (!signal.aborted) {
      // Those who follow the events say that nobody answers.
      const cluster = await clusterAt(address).catch(() => "Unknown" as const)
      if (cluster !== "Unknown") tell(cluster)
      if (cluster === undefined) return
      await sleep(pause, undefined, { signal }).catch(() => {})
    }
  }
  return () => {
    if (isAsking) return
    isAsking = true
    void ask().finally(() => {
      isAsking = false
    })
  }
}

/** In milliseconds: somebody waits for the answer. */
const quickPause = 200

/** Waits until these services are ready on whichever node. Says which are not, if one has failed or the time is over. */
export const waitInCluster = async (
  address: Address,
  names: ReadonlyArray<string>,
  millis: number
): Promise<ExitCode> => {
  const end = Date.now() + millis
  while (true) {
    const { data } = await answerOf(address, filterOf(names))
    const missing = data.services.filter((one) => !isUp(one, names))
    if (missing.length === 0) return exitCodes.done
    const failed = missing.filter(({ state }) => state === "Failed")
    if (failed.length > 0) return tell(failed, exitCodes.notUp)
    if (Date.now() >= end) return tell(missing, exitCodes.timedOut)
    await sleep(quickPause)
  }
}

const tell = (services: ReadonlyArray<ClusterStatus>, code: ExitCode): ExitCode =>
  inVain(code, services.map(({ name, node = "no node", state }) => line(`${inLine(name)}: ${state} on ${node}`)))

const filterOf = (names: ReadonlyArray<string>): string =>
  names.map((name) => `&name=${encodeURIComponent(name)}`).join("")

const answerOf = (address: Address, filter: string): Promise<Both<Answer>> =>
  readBoth(address, `/services?scope=cluster${filter}`)

/** A line for each service of the cluster, whether or not this node knows it. */
export const clusterStatus = async (
  address: Address,
  { json, names }: { readonly json: boolean; readonly names: ReadonlyArray<string> }
): Promise<ExitCode> => {
  const { data, text } = await answerOf(address, filterOf(names))
  const cluster = clusterIn(data)
  if (cluster === undefined) throw new Failed(exitCodes.refused, "this process is in no cluster")
  chosen(data.services.map(({ name }) => ({ path: name })), names)
  if (json) writeJson(text)
  else print(clusterLines(cluster, data.now, width()))
  return data.services.every((one) => isUp(one, names)) ? exitCodes.done : exitCodes.notUp
}

/** Who is asked for by name has to be up. Of the others, those count that somebody wants up. */
const isUp = (seen: ClusterStatus, names: ReadonlyArray<string>): boolean => {
  const health = healthIn(seen)
  return health === "Ready" || (health === "NotCounted" && !names.includes(seen.name))
}

export const drain = async (
  address: Address,
  { json, node, wait }: {
    readonly json: boolean
    readonly node: string | undefined
    readonly wait: string | undefined
  }
): Promise<ExitCode> => {
  const millis = wait === undefined ? 0 : millisOf("--wait", wait)
  const query = new URLSearchParams({ wait: `${Math.round(millis)}ms`, ...(node !== undefined && { node }) })
  const answer = await ask(address, `/drain?${query}`, { method: "POST", patience: millis + 5000 })
  if (answer.status !== 200 && answer.status !== 202) throw refusalIn(address, answer)
  const drained = dataIn(address, answer.text) as { readonly node: string }
  const isLate = answer.status === 202 && millis > 0
  const what = isLate ? `not done after ${between(0, millis)}` : wait === undefined ? "drain asked for" : "drained"
  if (json) writeJson(answer.text)
  else print([[span(`${inLine(drained.node)}: `), span(what, isLate ? "bad" : "good")]])
  return isLate ? exitCodes.timedOut : exitCodes.done
}
