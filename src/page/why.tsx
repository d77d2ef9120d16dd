/**
 * Why a service is as it is: from what is seen to what that comes from.
 */
import { ageInSeconds } from "../operations/inShort.ts"
import type { View } from "../operations/View.ts"
import type { Why as Answer } from "../operations/why.ts"
import { ServiceLink } from "./link.tsx"
import { State } from "./state.tsx"

interface Props {
  readonly why: Answer
  readonly view: View
  readonly onSelect: (path: string) => void
}

/** As many steps as a reader takes in. */
const most = 12

export const Why = ({ onSelect, view, why }: Props) => {
  const { chain, leftOut, roots } = why
  const shown = chain.slice(0, most)
  const left = chain.length - shown.length + leftOut
  const rootSet = new Set(roots)
  return (
    <div class="why" role="region" aria-label="Why" tabIndex={0}>
      {chain.length === 1 ? <p class="sentence">{chain[0]!.sentence}</p> : (
        <ol>
          {shown.map(({ name, sentence, since, state }, i) => (
            <li key={name} class={rootSet.has(name) ? "root" : ""}>
              <p class="sentence">
                {sentence}
                {rootSet.has(name) && <span class="tag">root cause</span>}
              </p>
              {i > 0 && (
                <p class="quiet">
                  <ServiceLink path={name} onSelect={onSelect} /> <State of={state} /> for{" "}
                  {ageInSeconds(since, view.now)}
                </p>
              )}
            </li>
          ))}
          {left > 0 && <li class="quiet">and {left} more</li>}
        </ol>
      )}
    </div>
  )
}
