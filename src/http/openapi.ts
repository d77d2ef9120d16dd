/**
 * The document that describes all paths, made from the schemas of what is answered.
 */
import type { OpenAPISpec, OpenAPISpecOperation } from "effect/http-api/OpenApi"
import { type Answer, text } from "./exchange.ts"

/** Made when somebody asks first: nobody else pays for what it is made with. */
let made: Promise<string> | undefined

export const openapi = async (): Promise<Answer> =>
  text(200, await (made ??= make()), { "content-type": "application/json" })

const make = async (): Promise<string> => {
  const [{ api, meanings }, { fromApi }] = await Promise.all([import("./api.ts"), import("effect/http-api/OpenApi")])
  const document: OpenAPISpec = JSON.parse(JSON.stringify(fromApi(api)), (_, value: unknown) => cleaned(value))
  for (const { get, post } of Object.values(document.paths)) {
    for (const operation of [get, post]) if (operation !== undefined) sayMeanings(operation, meanings)
    // Who is on this machine may read without a token, if none is set.
    if (get !== undefined && get.security.length > 0) get.security.push({})
  }
  return `${JSON.stringify(document)}\n`
}

const sayMeanings = ({ responses }: OpenAPISpecOperation, meanings: { readonly [status: string]: string }): void => {
  for (const [status, response] of Object.entries(responses)) {
    response.description = meanings[status] ?? response.description
  }
}

/**
 * A number is sent as a number, and not as a text such as "NaN". A later version may say more, so a client must not refuse
 * what it does not know.
 */
const cleaned = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  const { additionalProperties, ...others } = value as Record<string, unknown>
  if (isNumber(others["anyOf"])) return { type: "number" }
  return additionalProperties === undefined || additionalProperties === false
    ? others
    : { ...others, additionalProperties }
}

const isNumber = (anyOf: unknown): boolean => JSON.stringify(anyOf)?.startsWith(`[{"type":"number"},{"type":"string",`)
