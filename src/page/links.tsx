/**
 * Some services by name, each with its state.
 */
import { useState } from "preact/hooks"
import { named } from "../operations/inWords.ts"
import { ServiceLink } from "./link.tsx"
import type { Panel } from "./panel.ts"
import { State } from "./state.tsx"

interface Props extends Pick<Panel, "view" | "onSelect"> {
  readonly paths: ReadonlyArray<string>
}

/** As many as are shown at first. */
const few = 12
/** As many as are shown at all: a table finds the others better. */
const most = 200

export const Links = ({ onSelect, paths, view }: Props) => {
  const [isWhole, setWhole] = useState(false)
  const shown = paths.slice(0, isWhole ? most : few)
  const left = paths.length - shown.length
  return (
    <ul class="links">
      {shown.map((path) => {
        const status = view.services.get(path)
        return (
          <li key={path}>
            {status === undefined
              ? (
                <>
                  {named(path)} <span class="quiet">(not added)</span>
                </>
              )
              : (
                <>
                  <ServiceLink path={path} onSelect={onSelect} /> <State of={status._tag} />
                </>
              )}
          </li>
        )
      })}
      {left > 0 && (
        <li>
          {isWhole
            ? `and ${left} more`
            : <button type="button" class="plain" onClick={() => setWhole(true)}>{left} more</button>}
        </li>
      )}
    </ul>
  )
}
