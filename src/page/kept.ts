/**
 * The start of a governor, kept once it is over: nothing that comes later can change it, but the events that tell of it are
 * forgotten some time. Pure.
 */
import { type Chain, chainOf } from "../operations/chain.ts"
import type { Recording } from "../operations/Recording.ts"
import type { View } from "../operations/View.ts"

/** The start of the governor in a recording, as it is known from an event on. */
export interface Kept {
  readonly recording: Recording
  readonly sequence: number
  readonly chain: Chain
}

/** What begins so long after all others were ready, in milliseconds, is no part of the start. */
const pause = 1000

/** The start as of the view, and what is kept from now on. */
export const startIn = (
  kept: Kept | undefined,
  recording: Recording,
  view: View
): { readonly chain: Chain | undefined; readonly kept: Kept | undefined } => {
  const { sequence } = view
  if (kept?.recording === recording && sequence >= kept.sequence) return { chain: kept.chain, kept }
  const chain = chainOf(view)
  if (chain === undefined || !isOver(chain, view.now)) return { chain, kept }
  return { chain, kept: { recording, sequence, chain } }
}

const isOver = ({ starts }: Chain, now: number): boolean =>
  starts.every(({ parts, state }) => (state === "Ready" || state === "Over") && now - parts.at(-1)!.to > pause)
