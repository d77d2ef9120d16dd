/**
 * What was thrown in a thread or a process, as data for another one.
 */
import { stopOf } from "../internal/bridge/stopOf.ts"
import type { ThrownThere } from "./messages.ts"

/** How long a chain of causes may be. */
const longest = 10

/**
 * Never throws.
 *
 * @internal
 */
export const toThere = (thrown: unknown, depth = 0): ThrownThere => {
  try {
    const stop = stopOf(thrown)
    const error: Readonly<Record<"name" | "message" | "stack", unknown>> = isError(thrown)
      ? thrown
      : { name: "Error", message: `a value was thrown: ${shown(thrown)}`, stack: "" }
    const cause: unknown = stop === undefined ? (thrown as { readonly cause?: unknown } | undefined)?.cause : stop.error
    return {
      name: String(error.name),
      message: String(error.message),
      stack: typeof error.stack === "string" ? error.stack : "",
      ...(cause !== undefined && depth < longest && { cause: toThere(cause, depth + 1) }),
      ...(stop !== undefined && { stop: { restart: stop.restart } })
    }
  } catch {
    return { name: "Error", message: "something was thrown that cannot be printed", stack: "" }
  }
}

const isError = (
  thrown: unknown
): thrown is { readonly name: unknown; readonly message: unknown; readonly stack: unknown } =>
  typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown

const shown = (thrown: unknown): string => typeof thrown === "string" ? JSON.stringify(thrown) : String(thrown)
