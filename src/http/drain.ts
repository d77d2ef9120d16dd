/**
 * The command for a node of a cluster: to give its services to the other nodes.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Cluster } from "../internal/sight.ts"
import type * as Answers from "./answers.ts"
import { checkBody, conflict, longest, settledWithin } from "./commands.ts"
import { type Desk, heading } from "./Desk.ts"
import { type Answer, data, problem, type Question, refuse } from "./exchange.ts"
import { refusal } from "./guard.ts"
import { check, duration, type Query } from "./query.ts"

export const drainParameters = ["node", "wait"]

/** Answers `POST /drain`, for this node or the one with the address. */
export const drain = async (desk: Desk, question: Question, query: Query): Promise<Answer> => {
  const refused = refusal(question, "Control", desk.guard)
  if (refused !== undefined) return refused
  if (question.method !== "POST") return problem(405, "a command is sent by POST", {}, { allow: "POST" })
  check(query, drainParameters)
  await checkBody(question)
  const wait = duration(query, "wait", longest) ?? 0
  const node = query.get("node") ?? undefined
  if (node === "") return refuse(400, "\"node\": expected the address of a node, got nothing")
  const cluster = desk.sight.cluster()
  if (cluster === undefined) return problem(409, "this process is in no cluster", { reason: "NoCluster" })
  return drained(desk, cluster, node, wait)
}

/** Whether there is such a node is said in any case, however short the wait. */
const drained = async (desk: Desk, cluster: Cluster, node: string | undefined, wait: number): Promise<Answer> => {
  const asked = await Effect.runPromiseExitWith(desk.sight.context)(cluster.drain(node))
  if (asked._tag === "Failure") return conflict(Cause.squash(asked.cause))
  const fate = await settledWithin(desk, asked.value, wait)
  if (typeof fate === "object") return conflict(fate.error)
  const body: Answers.Drained = { ...heading(desk), reached: fate === "Reached", node: node ?? cluster.node }
  return fate === "Reached" ? data(200, body) : data(202, body, { location: "services?scope=cluster" })
}
