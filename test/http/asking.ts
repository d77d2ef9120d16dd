/** Questions to a governor, without a server. */
import type { Answer } from "../../src/http/exchange.ts"
import { deskOf, type OperationsOptions } from "../../src/http/options.ts"
import { answer } from "../../src/http/routes.ts"
import { sightOf } from "../../src/internal/sight.ts"

export interface Asking {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly isLocal?: boolean
  readonly checksHost?: boolean
}

/** What is answered, its text as it is and as JSON. */
export interface Given {
  readonly status: number
  readonly headers: Answer["headers"]
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
}

/** Asks a governor of either door. */
export const asks = (governor: unknown, options: OperationsOptions = {}) => {
  const desk = deskOf(sightOf(governor), options)
  return async (target: string, asking: Asking = {}): Promise<Given> => {
    const { body = "", checksHost = false, headers = {}, isLocal = true, method = "GET" } = asking
    const given = await answer(desk, {
      method,
      target,
      header: (name) => headers[name],
      body: async () => body.length > 1024 ? undefined : body,
      door: { isLocal, checksHost }
    })
    const text = await textOf(given)
    return { status: given.status, headers: given.headers, text, json: parsed(text) }
  }
}

const textOf = async ({ body }: Answer): Promise<string> => {
  switch (body._tag) {
    case "Text":
      return body.text
    case "Pieces":
      return joined(body.pieces)
    case "Stream":
      return ""
  }
}

const joined = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = ""
  for await (const piece of pieces) text += piece
  return text
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
