/**
 * What a thrown `StopService` says, without Effect: a thread reads it too.
 */

/** By this key a `StopService` is known, also one of another copy of this package. */
export const brand: unique symbol = Symbol.for("effect-governor/StopService")

/**
 * What a `StopService` says, which may come from another copy of this package. The result is undefined for any other
 * thrown value. Never throws.
 *
 * @internal
 */
export const stopOf = (thrown: unknown): { readonly restart: boolean; readonly error?: unknown } | undefined => {
  try {
    if (typeof thrown !== "object" || thrown === null || !(brand in thrown) || thrown[brand] !== true) return undefined
    const restart = !("restart" in thrown && thrown.restart === false)
    return "error" in thrown && thrown.error !== undefined ? { restart, error: thrown.error } : { restart }
  } catch {
    return undefined // for a proxy that forbids the question, or a getter that throws
  }
}
