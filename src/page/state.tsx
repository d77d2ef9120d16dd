/**
 * The state of a service as a sign, a word and a colour: nobody has to know the colours.
 */
import type { Status } from "../operations/View.ts"

export const signs: { readonly [State in Status["_tag"]]: string } = {
  Pending: "○",
  Waiting: "◔",
  Standby: "◌",
  Starting: "◐",
  Running: "●",
  Backoff: "↻",
  Stopping: "▽",
  Stopped: "■",
  Failed: "✕"
}

export const State = ({ of }: { readonly of: Status["_tag"] }) => (
  <span class={`state ${of}`}>
    <span class="sign" aria-hidden="true">{signs[of]}</span> {of}
  </span>
)
