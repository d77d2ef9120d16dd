/**
 * Commands, and what they would do: whom they hit, in which order, and how long that takes at most.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks"
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
  return (
    <div class="commands" role="group" aria-label={`Commands for ${status.name}`}>
      {(["Start", "Restart", "Stop"] as const).map((_tag) => (
        <button
          key={_tag}
          type="button"
          disabled={!mayAct}
          onClick={() => acts.ask({ _tag, service: status.name })}
        >
          {nameOf(_tag, status)}…
        </button>
      ))}
    </div>
  )
}

/** A service between two runs has been started, so it is no start that it waits for. */
const nameOf = (_tag: Order["_tag"], status: Status | undefined): string =>
  _tag === "Start" && status?._tag === "Backoff" ? "Run now" : _tag

interface PreviewProps {
  readonly asking: Asking
  /** How the service is now. */
  readonly status: Status | undefined
  readonly plan: Plan | undefined
  readonly mayCommand: boolean
  readonly acts: Acts
}

export const Preview = ({ acts, asking: { order, step }, mayCommand, plan, status }: PreviewProps) => {
  // The command keeps its name, and the field its place, whatever comes of it.
  const [name] = useState(() => nameOf(order._tag, status))
  const [wasLocked] = useState(!mayCommand)
  const shown = step._tag === "Preview" ? plan : step.plan
  const isWrong = step._tag === "Answered" && step.result._tag === "Refused" && step.result.status === 401
  const isOver = step._tag === "Answered" && !isWrong
  const isBusy = step._tag === "Sent"
  const { button, dialog, leave, token } = useFocus(isWrong, isOver, step)
  const title = name === order._tag ? `${name} ${order.service}` : `Run ${order.service} now`
  return (
    <dialog ref={dialog} onClose={acts.close} aria-labelledby="order">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          acts.send(token.current?.value)
        }}
      >
        <h2 id="order">{title}</h2>
        {shown === undefined ? <p>The service is not there any more.</p> : <Steps plan={shown} />}
        {(wasLocked || isWrong) && (
          <label>
            Token for commands
            <input
              type="password"
              ref={token}
              required
              autocomplete="off"
              aria-invalid={isWrong}
              readOnly={isBusy || isOver}
            />
          </label>
        )}
        <Outcome step={step} text={resultInWords(step, order, title, status)} />
        <div class="buttons">
          <button type="button" ref={leave} onClick={() => dialog.current?.close()}>
            {step._tag === "Preview" ? "Cancel" : "Close"}
          </button>
          <button
            type="submit"
            class="primary"
            ref={button}
            disabled={isBusy || isOver || shown === undefined}
            aria-busy={isBusy}
          >
            {name}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/**
 * What somebody does next has the focus: says the token, sends the command, says another token, or leaves. It has it as soon as
 * that is seen: a key that comes a moment later would be lost.
 */
const useFocus = (isWrong: boolean, isOver: boolean, step: Asking["step"]) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const token = useRef<HTMLInputElement>(null)
  const [button, leave] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)]
  useLayoutEffect(() => {
    dialog.current?.showModal()
    const first = token.current ?? button.current
    first?.focus()
  }, [])
  useLayoutEffect(() => {
    if (isOver) leave.current?.focus()
    if (!isWrong) return
    token.current?.focus()
    token.current?.select()
  }, [step])
  return { dialog, token, button, leave }
}

const Outcome = ({ step, text }: { readonly step: Asking["step"]; readonly text: string }) => {
  const isRefused = step._tag === "Answered" && step.result._tag === "Refused"
  return (
    <p key={`${isRefused}`} class={isRefused ? "result refused" : "result"} role={isRefused ? "alert" : "status"}>
      {text}
    </p>
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

const resultInWords = (
  step: Asking["step"],
  { service }: Order,
  title: string,
  status: Status | undefined
): string => {
  if (step._tag === "Preview") return ""
  if (step._tag === "Sent") return `${title}: under way…`
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
