/**
 * How a run becomes ready, and not ready for a while, by what it says.
 */
import type * as Cause from "effect/Cause"
import { withCause } from "../../GovernorEvent.ts"
import { show } from "../input/GovernorOption.ts"
import { isEnding, isGone } from "../lifecycle/questions.ts"
import { rareOfRun, type RunState } from "../lifecycle/ServiceState.ts"
import { attend } from "./loop.ts"
import { becomeReady, changed, fact, record } from "./record.ts"
import { resetIfReadyLong } from "./restart.ts"

/** The run says that it does its work now. */
export const saysReady = (run: RunState): void => {
  if (isDecidedByCompletion(run) || isEnding(run)) return
  if (run.rare !== undefined) run.rare.isUnready = false
  becomeReady(run)
  attend(run.of.governor)
}

/** The run says that it does not do its work for now. A run that says so before it was ready is not ready before it says that. */
export const saysUnready = (run: RunState, reason: string | undefined): void => {
  if (isDecidedByCompletion(run) || isEnding(run) || isGone(run)) return
  rareOfRun(run).isUnready = true
  pause(run, reason === undefined || typeof reason === "string" ? reason : show(reason)) // JavaScript may pass anything
  attend(run.of.governor)
}

const isDecidedByCompletion = (run: RunState): boolean => run.of.spec.options.readiness === "completed"

/** The run is not ready for now, and goes on. Nothing is told that is known. */
const pause = (run: RunState, reason: string | undefined, cause?: Cause.Cause<unknown>): void => {
  const service = run.of
  const { status } = service
  if (status._tag === "Starting" ? status.reason === reason : status._tag !== "Running") return
  resetIfReadyLong(run)
  if (run.rare !== undefined) run.rare.readyAt = undefined
  const event = fact(service, "ServiceUnready")
  record(service, withCause(reason === undefined ? event : { ...event, reason }, cause))
  changed(service)
}
