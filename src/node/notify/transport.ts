/**
 * The way by which messages reach systemd.
 */
import { pathOf } from "./address.ts"
import { byCommand } from "./byCommand.ts"
import { byFfi } from "./byFfi.ts"
import { byPackage } from "./byPackage.ts"
import type { Send } from "./Post.ts"

/** A way to send; or why there is none, and what helps. */
export type Transport =
  | { readonly _tag: "Own"; readonly send: Send }
  /** The messages come from another process than this one. `sendLast` sends before it returns. */
  | { readonly _tag: "Child"; readonly send: Send; readonly sendLast: (text: string) => void }
  | { readonly _tag: "None"; readonly why: string; readonly help: string }

export const transportTo = (address: string | undefined): Transport => {
  if (address === undefined) {
    const help = "start the program without a process between systemd and Node, such as npm"
    return none("WATCHDOG_USEC is set and NOTIFY_SOCKET is not", help)
  }
  const path = pathOf(address)
  if (path === undefined) return none(`NOTIFY_SOCKET is "${address}"`, "it has to be a path, or begin with @")
  const own = byFfi(path) ?? byPackage(path)
  if (own !== undefined) return { _tag: "Own", send: own }
  const command = byCommand(address)
  if (command !== undefined) return { _tag: "Child", ...command }
  return none(
    `Node ${process.version} has no node:ffi here, and there is neither the package unix-dgram nor the command systemd-notify`,
    "use Node 26.10 or newer (with --allow-ffi under --permission), or put systemd-notify on PATH, or write Type=exec in the unit, without WatchdogSec"
  )
}

const none = (why: string, help: string): Transport => ({ _tag: "None", why, help })
