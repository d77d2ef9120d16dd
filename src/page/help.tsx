/**
 * The keys of the page.
 */
import { useLayoutEffect, useRef } from "preact/hooks"
import type { Acts } from "./acts.ts"

const keys = [
  ["/", "search for services"],
  ["Enter, ↓", "in the search: show the first, go to the table"],
  ["↑ ↓ ← →", "in the table: go, fold and unfold"],
  ["Enter", "in the table: show the service"],
  ["← →", "in the slider: one event back, one on"],
  ["Esc", "clear the search, close the service"]
] as const

/** What `?` shows. */
export const Keys = ({ acts }: { readonly acts: Acts }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby="keys" onClose={acts.unhelp}>
      <form method="dialog">
        <h2 id="keys">Keys</h2>
        <ul>
          {keys.map(([key, does]) => (
            <li key={does}>
              <kbd>{key}</kbd> {does}
            </li>
          ))}
        </ul>
        <div class="buttons">
          <button type="submit">Close</button>
        </div>
      </form>
    </dialog>
  )
}
