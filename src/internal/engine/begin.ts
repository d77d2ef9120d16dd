/**
 * How the next run of a service begins, and how it fails if a dependency will never be ready.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { DependencyFailed } from "../../GovernorError.ts"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import { isOpen } from "../lifecycle/GovernorState.ts"
import { isInVain, mayBegin, wasAsked } from "../lifecycle/questions.ts"
import { standingFor } from "../lifecycle/readiness.ts"
import { type Aim, rareOf, rareOfRun, type ServiceState } from "../lifecycle/ServiceState.ts"
import { isA } from "../telling/thrown.ts"
import { release } from "./contain.ts"
import { attend } from "./loop.ts"
import { failIfLostInside, over } from "./over.ts"
import { probesOf } from "./Probes.ts"
import { becomeReady, monotonic, nextSequence, now, record, set } from "./record.ts"
import { Run } from "./Run.ts"
import { watch } from "./Watchdog.ts"

/** Begins the next run, if nothing stands in its way. The first synchronous stretch passes inside of this call. */
export const begin = (service: ServiceState): void => {
  if (!mayBegin(service)) return
  if (failIfLostInside(service)) return attend(service.governor)
  const { governor, name, rare, spec: { options }, status } = service
  const run = new Run(service, status.run + 1)
  if (rare !== undefined) {
    release(service)
    rare.isOfGroup = false
    rare.waitedFor = undefined
  }
  service.stopTime = undefined
  const restarts = counted(service.aim, status.restarts)
  record(
    service,
    withEpoch(
      run,
      withByHand(service, {
        _tag: "ServiceStarting",
        service: name,
        run: run.run,
        time: now(governor),
        sequence: nextSequence(governor),
        restarts
      })
    )
  )
  set(service, service.aim, run)
  governor.outbox.flush()
  if (wasAsked(run) || !isOpen(governor)) return attend(governor) // a listener of `ServiceStarting` ends the run unbegun

  const watchdog = watch(run, options)
  if (watchdog !== undefined) rareOfRun(run).watchdog = watchdog
  const probes = probesOf(run, options)
  if (probes !== undefined) rareOfRun(run).probes = probes
  if (options.readiness !== "automatic") rareOfRun(run).beganAt = monotonic(governor)
  const { enter, within } = governor
  // Not in a function of its own: each frame would be in the stack of every error thrown.
  const fiber = enter === undefined
    ? Effect.runForkWith(run.context)(service.effect)
    : enter({ service: within + name, run: run.run }, () => Effect.runForkWith(run.context)(service.effect))
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return run.exited(exit)
  if (options.readiness === "automatic" && run.rare?.isUnready !== true) becomeReady(run)
  run.goesOn(fiber)
  probes?.begin()
  attend(governor)
}

/** How many restarts by policy there were up to the next run, since the last start by hand. */
const counted = (aim: Aim, before: number): number => {
  switch (aim) {
    case "Start":
      return 0
    case "Policy":
    case "Group":
      return before + 1
    default:
      return before
  }
}

type Starting = Extract<ServiceEvent, { readonly _tag: "ServiceStarting" }>

/** With how many restarts by hand there were up to the next run, if there were any. */
const withByHand = ({ aim, status }: ServiceState, event: Starting): Starting => {
  const { restartsByHand } = status
  if (aim !== "Restart") return restartsByHand === undefined ? event : { ...event, restartsByHand }
  return { ...event, restartsByHand: (restartsByHand ?? 0) + 1 }
}

/** With the epoch that the lease has given for this run, if the service has a lease. The next run needs another one. */
const withEpoch = (run: Run, event: Starting): Starting => {
  const lease = run.of.rare?.lease
  if (lease?.epoch === undefined) return event
  const epoch = rareOfRun(run).epoch = lease.epoch
  lease.epoch = undefined
  return { ...event, epoch }
}

/** Fails a service that waits for a dependency which will never be ready. */
export const failInVain = (service: ServiceState): void => {
  if (!isInVain(service)) return
  const { name } = service
  const dependency = dependencyThatFailed(service)
  if (dependency === undefined) return
  const error = dependency.status._tag === "Failed" ? Cause.squash(dependency.status.cause) : undefined
  const cause = isA(DependencyFailed, error) ? error.cause : error // the first cause, not a chain of `DependencyFailed`s
  if (service.readyRun > 0) service.readyRun = 1 - service.readyRun // the failures that counted still count
  rareOf(service).failedInVain = service.aim
  const failure = Cause.fail(new DependencyFailed({ service: name, dependency: dependency.name, cause }))
  over(service, { _tag: "Crashed", restart: false, cause: failure })
}

const dependencyThatFailed = (
  service: ServiceState
): ServiceState | undefined => {
  const { governor: { services }, spec: { options } } = service
  const failed = options.dependsOn?.find((name) => standingFor(service, name) === "Failed")
  return failed === undefined ? undefined : services.get(failed)
}
