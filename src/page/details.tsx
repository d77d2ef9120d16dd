/**
 * The selected service.
 */
import { named } from "../operations/inWords.ts"
import { why } from "../operations/why.ts"
import type { Panel } from "./panel.ts"

interface Props extends Panel {
  readonly path: string
  /** Asks for the lines of the log that are new. They are in the recording then. */
  readonly pollLines: () => Promise<void>
  /** Whether the view is how the governor is now. */
  readonly isLive: boolean
}

export const Details = ({ path, view }: Props) => (
  <section>
    <h2>{named(path)}</h2>
    <p>{why(view, path)?.sentence ?? "There is no such service."}</p>
  </section>
)
