/**
 * The page as a whole.
 */
import { useEffect, useRef } from "preact/hooks"
import { states } from "../ServiceStatus.ts"
import type { Acts } from "./acts.ts"
import { badgeOf, Bar } from "./bar.tsx"
import { Commands, Preview } from "./commands.tsx"
import { standingOf } from "./connection.ts"
import { Problems } from "./problems.tsx"
import { Services } from "./services.tsx"
import type { Shown } from "./shown.ts"
import { Slider } from "./slider.tsx"
import { State as StateOf } from "./state.tsx"
import { type State, timeOf } from "./store.ts"

interface Props {
  readonly state: State
  readonly shown: Shown | undefined
  readonly acts: Acts
}

export const App = ({ acts, shown, state }: Props) => {
  const { asking, connection, mayCommand, now, wish } = state
  const { kind } = badgeOf(state)
  const mayAct = standingOf(connection, now) === "Live" && wish.at === undefined
  return (
    <>
      <Bar state={state} news={shown?.paced.news ?? ""} acts={acts} />
      {connection._tag === "Locked" && <Unlock isWrong={connection.isWrong} acts={acts} />}
      <main data-sequence={shown?.view.sequence} class={`${kind}${wish.service === undefined ? "" : " chosen"}`}>
        {shown !== undefined && (
          <>
            <Slider recording={shown.recording} at={wish.at} now={timeOf(state)} acts={acts} />
            <Problems paced={shown.paced} acts={acts} mayAct={mayAct} />
            <section class="services" aria-labelledby="services">
              <Filters state={state} shown={shown} acts={acts} />
              <Services view={shown.view} rows={shown.rows} wish={wish} acts={acts} />
            </section>
            <Side state={state} shown={shown} mayAct={mayAct} acts={acts} />
          </>
        )}
      </main>
      {asking !== undefined && (
        <Preview
          key={`${asking.order._tag} ${asking.order.service}`}
          asking={asking}
          plan={shown?.paced.plan}
          mayCommand={mayCommand}
          acts={acts}
        />
      )}
      <Notices state={state} acts={acts} />
    </>
  )
}

const Filters = ({ acts, shown: { counts, rows, view }, state: { wish } }: {
  readonly state: State
  readonly shown: Shown
  readonly acts: Acts
}) => (
  <div class="filters" role="search">
    <h2 id="services">Services</h2>
    <input
      type="search"
      id="search"
      aria-label="Search for services"
      aria-keyshortcuts="/"
      placeholder="Search ( / )"
      value={wish.search}
      onInput={({ currentTarget }) => acts.wish({ search: currentTarget.value })}
    />
    <span class="count">
      {rows.length === view.services.size ? `${rows.length}` : `${rows.length} of ${view.services.size}`}
    </span>
    <div class="states" role="group" aria-label="Show only these states">
      {states.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={wish.states.has(one)}
          class={counts[one] === 0 ? "none" : ""}
          onClick={() => {
            const chosen = new Set(wish.states)
            if (!chosen.delete(one)) chosen.add(one)
            acts.wish({ states: chosen })
          }}
        >
          <StateOf of={one} /> <span class="number">{counts[one]}</span>
        </button>
      ))}
    </div>
  </div>
)

/** The selected service; or how all has started, or ends. */
const Side = ({ acts, mayAct, shown: { paced, view }, state: { wish: { service } } }: {
  readonly state: State
  readonly shown: Shown
  readonly mayAct: boolean
  readonly acts: Acts
}) => {
  if (service === undefined) {
    return <aside class="side" aria-label="All services" data-sequence={paced.view.sequence} />
  }
  const status = view.services.get(service)
  return (
    <aside class="side" aria-labelledby="service" data-sequence={paced.view.sequence}>
      <header>
        <h2 id="service">{service}</h2>
        {status && <StateOf of={status._tag} />}
        <button
          type="button"
          class="close"
          aria-label="Close"
          aria-keyshortcuts="Escape"
          onClick={() => acts.select(undefined)}
        >
          ✕
        </button>
        {status && <Commands status={status} mayAct={mayAct} acts={acts} />}
      </header>
      {status === undefined && <p>There is no such service at this moment.</p>}
    </aside>
  )
}

const Unlock = ({ acts, isWrong }: { readonly isWrong: boolean; readonly acts: Acts }) => {
  const token = useRef<HTMLInputElement>(null)
  useEffect(() => token.current?.focus(), [])
  return (
    <form
      class="unlock"
      onSubmit={(event) => {
        event.preventDefault()
        acts.unlock(token.current!.value)
      }}
    >
      <label>
        {isWrong ? "The token for reading is wrong. Another one:" : "A token is needed to read here (tokens.read):"}
        <input type="password" ref={token} required autocomplete="off" />
      </label>
      <button type="submit" class="primary">Read</button>
    </form>
  )
}

/** What has to be said once, over the page, so that nothing moves. */
const Notices = ({ acts, state: { ahead, notice, restartedAt } }: { readonly state: State; readonly acts: Acts }) => {
  const text = notice ??
    (restartedAt === undefined
      ? undefined
      : `Another process answers since ${
        new Date(restartedAt + ahead).toLocaleTimeString()
      }: the program was restarted. What was before is gone.`)
  return (
    <div class="notices" role="alert">
      {text !== undefined && (
        <p>
          {text} <button type="button" onClick={acts.dismiss}>Dismiss</button>
        </p>
      )}
    </div>
  )
}
