/**
 * The start: what each service waited for, apart from what it worked.
 */
import { chainOf } from "../operations/chain.ts"
import type { Panel } from "./panel.ts"

export const Chain = ({ view }: Panel) => {
  const chain = chainOf(view)
  return (
    <section>
      <h2>Start</h2>
      <p>{chain?.sentence ?? "nothing was started"}</p>
    </section>
  )
}
