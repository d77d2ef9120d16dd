/**
 * What each panel is given.
 */
import type { Recording } from "../operations/Recording.ts"
import type { View } from "../operations/View.ts"

export interface Panel {
  /** Made new whenever something has changed that is worth to be shown, and not more often. */
  readonly view: View
  /** Grows in place. Back in time it has more than the view. */
  readonly recording: Recording
  readonly onSelect: (path: string) => void
}
