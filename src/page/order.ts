/**
 * Sends a command of one service.
 */
import { bearer, type Door, problemOf } from "./request.ts"
import type { Order, Result } from "./store.ts"

/** How long the answer may wait for the state that the command asks for. */
const patience = "60s"

/** Half of a character may be in a name, and not in an address. Nobody has the name that is asked for then. */
const halves = /\p{Cs}/gu

export const send = async (
  { base, fetch }: Pick<Door, "base" | "fetch">,
  { _tag, service }: Order,
  run: number,
  token: string | undefined
): Promise<Result> => {
  const headers = {
    ...bearer(token),
    // Another run that has begun since is not meant.
    ...(_tag !== "Start" && { "if-match": `"${run}"` })
  }
  const path = `${base}services/${
    encodeURIComponent(service.replace(halves, "\ufffd"))
  }/${_tag.toLowerCase()}?wait=${patience}`
  try {
    const response = await fetch(path, { method: "POST", headers, credentials: "omit" })
    return response.ok
      ? { _tag: "Done", isReached: response.status === 200 }
      : { _tag: "Refused", status: response.status, problem: await problemOf(response) }
  } catch {
    return { _tag: "Refused", status: 0, problem: "nobody answers, so it is not known whether it was heard" }
  }
}
