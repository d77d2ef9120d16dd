/**
 * What somebody can do on the page.
 */
import type { Wish } from "./address.ts"
import type { Order } from "./store.ts"

export interface Acts {
  readonly select: (path: string | undefined) => void
  readonly wish: (wish: Partial<Wish>) => void
  readonly fold: (path: string, isFolded: boolean) => void
  /** Shows what the command would do. */
  readonly ask: (order: Order) => void
  /** Sends the command that is shown. A token that is given is kept. */
  readonly send: (token?: string) => void
  readonly close: () => void
  /** Reads with this token. */
  readonly unlock: (token: string) => void
  /** Forgets the token for commands. */
  readonly lock: () => void
  readonly pollLines: () => Promise<void>
  readonly save: () => void
  readonly open: (file: File) => void
  /** Leaves the file, or the moment, for what is now. */
  readonly live: () => void
  readonly dismiss: () => void
  /** Shows the keys no more. */
  readonly unhelp: () => void
}
