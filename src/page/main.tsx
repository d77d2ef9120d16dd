/**
 * The page: what is known of a governor, for people. Everything that it says comes from `src/operations/`.
 */
import { render } from "preact"
import { wishOf } from "./address.ts"
import { App } from "./app.tsx"
import { badgeOf, titleOf } from "./badge.ts"
import { actsOf } from "./doing.ts"
import { following as followingOf } from "./following.ts"
import { baseOf } from "./request.ts"
import { showing } from "./shown.ts"
import { initial, type Message, update } from "./store.ts"
import "./panels.css"
import "./style.css"
import { tokenIn } from "./tokens.ts"
import { hearWindow } from "./window.ts"

const begin = (): void => {
  const [reading, control] = [tokenIn(sessionStorage, "read"), tokenIn(sessionStorage, "control")]
  const door = { base: baseOf(location.pathname), fetch: fetch.bind(window), token: reading.get }

  // Everything that is known is in one record, and only messages change it.
  let state = initial(Date.now(), wishOf(location.hash), control.get() !== undefined)
  const stateOf = () => state
  const tell = (message: Message): void => {
    state = update(state, message, Date.now())
    paint()
  }

  // What is told within a frame is painted once.
  let frame = 0
  const shownOf = showing(() => performance.now(), (millis) => void setTimeout(paint, millis))
  const paint = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      const shown = shownOf(state)
      document.title = titleOf(badgeOf(state), shown?.paced.news, shown?.view.governor)
      render(<App state={state} shown={shown} acts={acts} />, document.body)
    })
  }

  // The governor, the people, and the browser.
  const following = followingOf(door, stateOf, tell)
  const planOf = () => shownOf(state)?.paced.plan
  const acts = actsOf({ door, following, reading, control, stateOf, tell, planOf })
  hearWindow(acts, following, stateOf, tell)
  following.begin()
}

begin()
