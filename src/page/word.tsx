/**
 * What something has become, as a sign, a word and a colour, where that is no state of a service.
 */
import type { Stop } from "../operations/progress.ts"

/** The sign, and the state that has the colour. */
const looks: { readonly [Word in Stop["state"]]: readonly [sign: string, like: string] } = {
  Works: ["●", "Running"],
  Stopping: ["▽", "Stopping"],
  Stopped: ["■", "Stopped"],
  Failed: ["✕", "Failed"],
  Abandoned: ["⚠", "Failed"]
}

export const Word = ({ of }: { readonly of: keyof typeof looks }) => (
  <span class={`state ${looks[of][1]}`}>
    <span class="sign" aria-hidden="true">{looks[of][0]}</span> {of}
  </span>
)
