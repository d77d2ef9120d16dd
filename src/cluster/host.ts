/**
 * The host of a node: where the node listens, and where the other nodes reach it.
 */
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"

/** A node that listens everywhere can be reached at none of these. */
const everywhere = new Set(["0.0.0.0", "::", "[::]", "*"])

/**
 * Throws `InvalidOption`.
 *
 * @internal
 */
export const checkHost = (input: unknown): string => {
  const host = Option.name(input, "host")
  if (!everywhere.has(host)) return host
  const expected = "an address of this machine, by which the other nodes reach this one"
  throw new InvalidOption({ field: "host", expected, actual: Option.show(host) })
}
