/**
 * How a run becomes ready, and not ready for a while, by what it says and by its probe.
 */
import * as Cause from "effect/Cause"
import type { ProbeFailed } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import { show } from "../input/GovernorOption.ts"
import { isEnding, isGone } from "../lifecycle/questions.ts"
import { probeInWords } from "../lifecycle/readiness.ts"
import { rareOfRun, type RunState } from "../lifecycle/ServiceState.ts"
import { attend } from "./loop.ts"
import { becomeReady, changed, fact, record, say } from "./record.ts"
import { resetIfReadyLong } from "./restart.ts"

/** The run says that it does its work now. */
export const saysReady = (run: RunState): void => {
  if (isDecidedByCompletion(run) || isEnding(run) || isGone(run)) return
  const { rare } = run
  if (isDecidedByProbe(run)) {
    if (rare?.isUnready !== true) return
    rare.isUnready = false
    if (rare.probes?.isWell !== true) pause(run, rare.probes?.failure && probeInWords(rare.probes.failure.cause))
    else becomeReady(run)
  } else {
    if (rare !== undefined) rare.isUnready = false
    becomeReady(run)
  }
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

const isDecidedByProbe = (run: RunState): boolean => typeof run.of.spec.options.readiness === "object"

/** The readiness probe says that the run is ready. */
export const probePassed = (run: RunState): void => {
  if (run.of.status._tag !== "Starting" || run.rare?.isUnready === true) return
  becomeReady(run)
  attend(run.of.governor)
}

/** The readiness probe says that the run is not ready. `isFirst`: it has just begun to say so. */
export const probeFailed = (run: RunState, error: ProbeFailed, isFirst: boolean): void => {
  const service = run.of
  const reason = probeInWords(error.cause)
  if (service.status._tag === "Running") pause(run, reason, Cause.fail(error))
  else if (isFirst && run.rare?.isUnready !== true) say(service, { level: "Info", message: `not ready yet: ${reason}` })
  attend(service.governor)
}

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
