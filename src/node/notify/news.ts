/**
 * The sentence of news that systemd shows of a governor.
 */
import { type Seen, viewOf } from "../../internal/view.ts"
import { news } from "../../operations/news.ts"

/** After a shutdown, only what has failed is news. */
export const newsOf = (seen: Seen): string => {
  const view = viewOf(seen)
  const isWell = seen.isClosed() && !Array.from(view.services.values()).some(({ _tag }) => _tag === "Failed")
  return isWell ? "shut down" : news(view)
}
