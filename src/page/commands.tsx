/**
 * Commands, and what they would do: whom they hit, in which order, and how long that takes at most.
 */
import { useEffect, useRef } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import type { Plan } from "../operations/plan.ts"
import type { Status } from "../operations/View.ts"
import type { Acts } from "./acts.ts"
import type { Asking, Order, Result } from "./store.ts"

/** The commands of one service. What a command does is what its plan says: here none is left out. */
export const Commands = ({ acts, mayAct, status }: {
  readonly status: Status
  readonly mayAct: boolean
  readonly acts: Acts
}) => {
  const start = status._tag === "Backoff" ? "Run now" : "Start"
  const names = { Start: start, Restart: "Restart", Stop: "Stop" } as const
  return (
    <div class="commands" role="group" aria-label={`Commands for ${status.name}`}>
      {(["Start", "Restart", "Stop"] as const).map((_tag) => (
        <button
          key={_tag}
          type="button"
          disabled={!mayAct}
          onClick={() => acts.ask({ _tag, service: status.name })}
        >
          {names[_tag]}…
        </button>
      ))}
    </div>
  )
}

export const Preview = ({ acts, asking: { order, step }, mayCommand, plan, status }: {
  readonly asking: Asking
  /** How the service is now. */
  readonly status: Status | undefined
  readonly plan: Plan | undefined
  readonly mayCommand: boolean
  readonly acts: Acts
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const token = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    const first = token.current ?? button.current
    first?.focus()
  }, [])
  const shown = step._tag === "Preview" ? plan : step.plan
  const isWrong = step._tag === "Answered" && step.result._tag === "Refused" && step.result.status === 401
  const needsToken = step._tag === "Answered" ? isWrong : !mayCommand
  return (
    <dialog ref={dialog} onClose={acts.close} aria-labelledby="order">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          acts.send(token.current?.value)
        }}
      >
        <h2 id="order">{order._tag} {order.service}</h2>
        {shown === undefined ? <p>The service is not there any more.</p> : <Steps plan={shown} />}
        {needsToken && (
          <label>
            Token for commands
            <input type="password" ref={token} required autocomplete="off" disabled={step._tag === "Sent"} />
          </label>
        )}
        <p class="result" role="status">{resultInWords(step, order, status)}</p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {step._tag === "Preview" ? "Cancel" : "Close"}
          </button>
          {(step._tag !== "Answered" || isWrong) && (
            <button
              type="submit"
              class="primary"
              ref={button}
              disabled={step._tag === "Sent" || shown === undefined}
              aria-busy={step._tag === "Sent"}
            >
              {order._tag}
            </button>
          )}
        </div>
      </form>
    </dialog>
  )
}

/** How many services of one step are named. */
const mostNames = 50

const verbs = { drain: "Wait", stop: "Stop", start: "Start" } as const

const Steps = ({ plan: { refused, sentence, steps } }: { readonly plan: Plan }) => (
  <>
    <p>{sentence[0]?.toUpperCase()}{sentence.slice(1)}.</p>
    {refused === undefined && steps.length > 0 && (
      <ol class="steps" tabIndex={0} aria-label="Steps">
        {steps.map(({ action, atMost, services }, i) => (
          <li key={i}>
            <b>{verbs[action]}</b> {services.slice(0, mostNames).join(", ")}
            {services.length > mostNames && ` and ${services.length - mostNames} more`}{" "}
            <span class="quiet">
              {atMost === undefined ? "no limit" : atMost === 0 ? "at once" : `${durationInWords(atMost)} at most`}
            </span>
          </li>
        ))}
      </ol>
    )}
  </>
)

const resultInWords = (step: Asking["step"], { _tag, service }: Order, status: Status | undefined): string => {
  if (step._tag === "Preview") return ""
  if (step._tag === "Sent") return `${_tag} ${service}: under way…`
  const { result } = step
  if (result._tag === "Refused") return `Refused: ${problemInWords(result)}.`
  const now = status === undefined ? "" : ` ${service} is ${status._tag}.`
  return `${result.isReached ? "Done." : "Under way: it takes longer than the page waits."}${now}`
}

const problemInWords = ({ problem, status }: Extract<Result, { readonly _tag: "Refused" }>): string => {
  switch (status) {
    case 401:
      return "the token is wrong"
    case 404:
      return `${problem}. Either the service is gone, or the option tokens.control is not set`
    default:
      return problem
  }
}
