/**
 * A shutdown as it happens.
 */
import { news } from "../operations/news.ts"
import type { Panel } from "./panel.ts"

export const Shutdown = ({ view }: Panel) => (
  <section>
    <h2>Shutdown</h2>
    <p>{news(view)}</p>
  </section>
)
