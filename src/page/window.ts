/**
 * What happens around the page: keys, the address, files that are dropped, and whether somebody looks.
 */
import type { Acts } from "./acts.ts"
import { wishOf } from "./address.ts"
import type { Following } from "./following.ts"
import type { Message, State } from "./store.ts"

/** How long a page that nobody looks at keeps its stream, in milliseconds: browsers allow few connections to one host. */
const patience = 60_000

export const hearWindow = (
  acts: Acts,
  following: Following,
  stateOf: () => State,
  tell: (message: Message) => void
): void => {
  hearKeys(acts, stateOf, tell)
  addEventListener("popstate", () => {
    const { connection, wish } = stateOf()
    const next = wishOf(location.hash)
    // The address tells no moment of a file.
    tell({ _tag: "Wished", wish: connection._tag === "File" ? { ...next, at: wish.at } : next })
  })

  // Without this the browser shows the file instead of the page.
  addEventListener("dragover", (event) => event.preventDefault())
  addEventListener("drop", (event) => {
    event.preventDefault()
    const file = event.dataTransfer?.files[0]
    if (file !== undefined) acts.open(file)
  })

  let rest: ReturnType<typeof setTimeout> | undefined
  document.addEventListener("visibilitychange", () => {
    clearTimeout(rest)
    const { connection: { _tag } } = stateOf()
    if (!document.hidden && _tag === "Resting") following.goOn()
    if (!document.hidden || _tag === "File" || _tag === "Locked") return
    rest = setTimeout(() => {
      following.end()
      tell({ _tag: "Rested" })
    }, patience)
  })

  // Times go on while nothing happens.
  setInterval(() => {
    if (!document.hidden) tell({ _tag: "Ticked" })
  }, 1000)
}

const hearKeys = (acts: Acts, stateOf: () => State, tell: (message: Message) => void): void => {
  addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "range"
    // A dialog has its own keys.
    if (document.querySelector("dialog[open]") !== null) return
    const isPlain = !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey
    if (event.key === "/" && isPlain) {
      event.preventDefault()
      document.getElementById("search")?.focus()
    }
    if (event.key === "?" && isPlain) tell({ _tag: "Helped", isShown: true })
    const { wish } = stateOf()
    if (event.key !== "Escape") return
    if (isTyping && wish.search !== "") acts.wish({ search: "" })
    else if (wish.service !== undefined) acts.select(undefined)
  })
}
