/**
 * The sentence of news on a governor.
 */
import type { Sight } from "../../internal/sight.ts"

/** How many services are ready; or in a shutdown, how many are left. */
export const newsOf = (seen: Pick<Sight, "closing" | "snapshot">): string => {
  const { services } = seen.snapshot()
  const isClosing = seen.closing() !== undefined
  const counted = services.filter(({ _tag }) =>
    isClosing ? _tag !== "Stopped" && _tag !== "Failed" : _tag === "Running"
  )
  return `${counted.length} of ${services.length} ${isClosing ? "left" : "ready"}`
}
