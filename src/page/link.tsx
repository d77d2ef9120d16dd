/**
 * A link to a service on the same page. It keeps the rest of what somebody looks at, also in a new tab.
 */
import { inLine } from "../operations/inWords.ts"
import { hashOf, wishOf } from "./address.ts"

/** What an `<a>` to the service has. It goes there by itself only where the browser is asked for another tab, for example. */
export const linkTo = (path: string, onSelect: (path: string) => void) => ({
  href: hashOf({ ...wishOf(location.hash), service: path }),
  onClick: (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    onSelect(path)
  }
})

interface Props {
  readonly path: string
  readonly onSelect: (path: string) => void
  /** What is shown instead of the path. */
  readonly text?: string
}

export const ServiceLink = ({ onSelect, path, text = path }: Props) => (
  <a {...linkTo(path, onSelect)}>{inLine(text, 100)}</a>
)
