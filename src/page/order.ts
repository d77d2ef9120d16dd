/**
 * Sends a command of one service.
 */
import { type Door, problemOf } from "./request.ts"
import type { Order, Result } from "./store.ts"

/** How long the answer may wait for the state that the command asks for. */
const patience = "60s"

export const send = async (
  { base, fetch }: Pick<Door, "base" | "fetch">,
  { _tag, service }: Order,
  run: number,
  token: string | undefined
): Promise<Result> => {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    // Another run that has begun since is not meant.
    ...(_tag !== "Start" && { "if-match": `"${run}"` })
  }
  const path = `${base}services/${encodeURIComponent(service)}/${_tag.toLowerCase()}?wait=${patience}`
  try {
    const response = await fetch(path, { method: "POST", headers, credentials: "omit" })
    return response.ok
      ? { _tag: "Done", isReached: response.status === 200 }
      : { _tag: "Refused", status: response.status, problem: await problemOf(response) }
  } catch {
    return { _tag: "Refused", status: 0, problem: "nobody answers, so it is not known whether it was heard" }
  }
}
