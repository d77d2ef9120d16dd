/**
 * The page as a whole.
 */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks"
import { clockOf } from "../operations/clock.ts"
import { named } from "../operations/inWords.ts"
import { states } from "../ServiceStatus.ts"
import type { Acts } from "./acts.ts"
import { badgeOf } from "./badge.ts"
import { Bar } from "./bar.tsx"
import { Commands, Preview } from "./commands.tsx"
import { standingOf } from "./connection.ts"
import { Keys } from "./help.tsx"
import { Chain, Details, type Kept, Shutdown } from "./panels.tsx"
import { Problems } from "./problems.tsx"
import { Services } from "./services.tsx"
import type { Shown } from "./shown.ts"
import { Marks, Slider } from "./slider.tsx"
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
  const paced = shown?.paced
  const problems = useMemo(() => paced && <Problems paced={paced} acts={acts} mayAct={mayAct} />, [paced, acts, mayAct])
  const recording = shown?.recording
  const marks = useMemo(() => recording && <Marks recording={recording} acts={acts} />, [paced, recording, acts])
  return (
    <>
      <Bar state={state} news={shown?.paced.news ?? ""} acts={acts} />
      {connection._tag === "Locked" && <Unlock isWrong={connection.isWrong} acts={acts} />}
      <main data-sequence={shown?.view.sequence} class={`${kind}${wish.service === undefined ? "" : " chosen"}`}>
        {shown !== undefined && (
          <>
            <Slider recording={shown.recording} at={wish.at} now={timeOf(state)} marks={marks} acts={acts} />
            {problems}
            <section class="services" aria-labelledby="services">
              <Filters state={state} shown={shown} acts={acts} />
              {shown.rows.length === 0 && (
                <p class="nothing">
                  {shown.view.services.size === 0 ? "There is no service." : "No service is like that."}
                </p>
              )}
              <Services shown={shown} wish={wish} acts={acts} />
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
          status={shown?.view.services.get(asking.order.service)}
          mayCommand={mayCommand}
          acts={acts}
        />
      )}
      {state.isHelped && <Keys acts={acts} />}
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
      onKeyDown={(event) => {
        if (event.key === "Enter" && rows[0] !== undefined) acts.select(rows[0].path)
        if (event.key !== "ArrowDown") return
        event.preventDefault()
        document.querySelector<HTMLElement>(".rows [role=row]")?.focus()
      }}
    />
    <span class="count">
      {rows.length === view.services.size ? `${rows.length}` : `${rows.length} of ${view.services.size}`}
    </span>
    <div class="chips" role="group" aria-label="Show only these states">
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
          <span class="number">{counts[one]}</span> <StateOf of={one} />
        </button>
      ))}
    </div>
  </div>
)

/** The selected service; or how all has started, or ends. What is drawn here is not drawn again for each event. */
const Side = ({ acts, mayAct, shown: { paced, recording, view }, state: { wish: { service } } }: {
  readonly state: State
  readonly shown: Shown
  readonly mayAct: boolean
  readonly acts: Acts
}) => {
  const { isEnding, view: pacedView } = paced
  const kept = useRef<Kept | undefined>(undefined)
  const panel = useMemo(() => {
    const props = { view: pacedView, recording, onSelect: acts.select }
    if (service === undefined) return isEnding ? <Shutdown {...props} /> : <Chain {...props} kept={kept} />
    return <Details {...props} key={service} path={service} isLive={mayAct} pollLines={acts.pollLines} />
  }, [pacedView, recording, service, mayAct, acts])
  const status = service === undefined ? undefined : view.services.get(service)
  const close = useRef<HTMLButtonElement>(null)
  const aside = useRef<HTMLElement>(null)
  const table = useRef({ scrolled: 0, isShown: service === undefined })
  const { current } = table
  if (current.isShown && service !== undefined) current.scrolled = scrollY
  current.isShown = service === undefined
  // Another service begins at its top. On a phone it takes the place of the table, which is where it was once it is back.
  useLayoutEffect(() => {
    aside.current!.scrollTop = 0
    if (!matchMedia("(max-width: 760px)").matches) return
    scrollTo(0, service === undefined ? current.scrolled : 0)
    close.current?.focus({ preventScroll: true })
  }, [service])
  return (
    <aside ref={aside} class="side" aria-label={service ?? "All services"} data-sequence={pacedView.sequence}>
      {service !== undefined && (
        <div class="tools">
          <b aria-hidden="true" title={service}>{named(service)}</b>
          {status && <Commands status={status} mayAct={mayAct} acts={acts} />}
          <button
            type="button"
            class="close"
            ref={close}
            aria-label={`Close ${service}`}
            aria-keyshortcuts="Escape"
            onClick={() => acts.select(undefined)}
          >
            ✕
          </button>
        </div>
      )}
      {panel}
    </aside>
  )
}

const Unlock = ({ acts, isWrong }: { readonly isWrong: boolean; readonly acts: Acts }) => {
  const token = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => token.current?.focus(), [])
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
        clockOf(restartedAt + ahead)
      }: the program was restarted. What was before is gone.`)
  return (
    <div class="notices" role="status">
      {text !== undefined && (
        <p>
          {text} <button type="button" onClick={acts.dismiss}>Dismiss</button>
        </p>
      )}
    </div>
  )
}
