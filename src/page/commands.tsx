/**
 * Commands, and what they would do: whom they hit, in which order, and how long that takes at most.
 */
import { useEffect, useRef } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { namesInWords } from "../operations/inWords.ts"
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

export const Preview = ({ acts, asking: { order, step }, mayCommand, plan }: {
  readonly asking: Asking
  readonly plan: Plan | undefined
  readonly mayCommand: boolean
  readonly acts: Acts
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const token = useRef<HTMLInputElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const shown = step._tag === "Preview" ? plan : step.plan
  const needsToken = !mayCommand ||
    (step._tag === "Answered" && step.result._tag === "Refused" && step.result.status === 401)
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
        <p class="result" role="status">{resultInWords(step, order)}</p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {step._tag === "Preview" ? "Cancel" : "Close"}
          </button>
          <button
            type="submit"
            class="primary"
            disabled={step._tag === "Sent" || shown === undefined}
            aria-busy={step._tag === "Sent"}
          >
            {order._tag}
          </button>
        </div>
      </form>
    </dialog>
  )
}

const verbs = { drain: "Wait", stop: "Stop", start: "Start" } as const

const Steps = ({ plan: { atMost, goesOn, refused, sentence, steps, unlimited } }: { readonly plan: Plan }) => (
  <>
    <p>{sentence[0]?.toUpperCase()}{sentence.slice(1)}.</p>
    {refused === undefined && steps.length > 0 && (
      <>
        <ol class="steps" tabIndex={0} aria-label="Steps">
          {steps.map((step, i) => (
            <li key={i}>
              <b>{verbs[step.action]}</b> {step.services.slice(0, 50).join(", ")}
              {step.services.length > 50 && ` and ${step.services.length - 50} more`}{" "}
              <span class="quiet">
                {step.atMost === undefined
                  ? "no limit"
                  : step.atMost === 0
                  ? "at once"
                  : `${durationInWords(step.atMost)} at most`}
              </span>
            </li>
          ))}
        </ol>
        <p class="quiet">
          {atMost === undefined
            ? `No limit in all, because of ${namesInWords(unlimited)}.`
            : `${durationInWords(atMost)} at most in all, if no run fails.`}
          {goesOn.length > 0 && ` Goes on: ${namesInWords(goesOn)}.`}
        </p>
      </>
    )}
  </>
)

const resultInWords = (step: Asking["step"], { _tag, service }: Order): string => {
  if (step._tag === "Preview") return ""
  if (step._tag === "Sent") return `${_tag} ${service}: under way…`
  return resultOf(step.result)
}

const resultOf = (result: Result): string => {
  if (result._tag === "Done") return result.isReached ? "Done." : "Under way: it takes longer than a page waits."
  switch (result.status) {
    case 401:
      return "Refused: the token is wrong."
    case 404:
      return `Refused: ${result.problem}. Commands need tokens.control to be set, and a service that is there.`
    default:
      return `Refused: ${result.problem}.`
  }
}
