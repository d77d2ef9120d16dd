/**
 * Asks a running governor for its numbers.
 */
import { type Address, inWords, read } from "./client.ts"
import { exitCodes, Failed } from "./exitCodes.ts"
import type { Numbers } from "./numbers.ts"

/** The numbers of the governor that answers at the address. */
export const numbersAt = async (address: Address): Promise<Omit<Numbers, "port">> => {
  const answer = await read(address, "/budget")
  try {
    return numbersIn(JSON.parse(answer))
  } catch {
    const sentence = `what answers at ${inWords(address)} is no governor: the answer is not the budget of a governor`
    throw new Failed(exitCodes.unreachable, sentence)
  }
}

/** The numbers in an answer, which may come from another version. What is not known there is missing here. */
export const numbersIn = (answer: unknown): Omit<Numbers, "port"> => {
  if (typeof answer !== "object" || answer === null || !("governor" in answer) || typeof answer.governor !== "string") {
    throw new Error("the answer is not the budget of a governor")
  }
  const known = Object.entries(fields).flatMap(([field, name]) => {
    const millis: unknown = Reflect.get(answer, field)
    return typeof millis === "number" && Number.isFinite(millis) && millis >= 0 ? [[name, millis]] : []
  })
  return { name: answer.governor, ...Object.fromEntries(known) }
}

/** The fields of an answer, and how the numbers are named here. */
const fields = {
  longestStart: "longestStart",
  longestStop: "longestStop",
  shutdownTimeout: "shutdownTimeout",
  drainDelay: "drainDelay",
  heartbeatTimeout: "heartbeat"
} as const
