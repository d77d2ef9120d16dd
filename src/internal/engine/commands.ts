/**
 * What is asked of a governor and of its services. A command says what is wanted; the turn of the governor does the rest.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Fiber } from "effect/Fiber"
import { DuplicateService, GovernorClosed, type InvalidOption, NotReady, UnknownService } from "../../GovernorError.ts"
import { ServiceRun } from "../../ServiceRun.ts"
import type { ShutdownReport } from "../../ShutdownReport.ts"
import { namesShown } from "../input/listed.ts"
import { type GovernorState, isOpen } from "../lifecycle/GovernorState.ts"
import { find } from "../lifecycle/inside.ts"
import { isActive, isDelayed, isFiberOf, isNext, wasAsked } from "../lifecycle/questions.ts"
import { readinessOfAll, standingFor, wasReadyOrIsOver } from "../lifecycle/readiness.ts"
import { forgetOthers, type Lease, rareOf, ServiceState } from "../lifecycle/ServiceState.ts"
import type { Spec } from "../lifecycle/spec.ts"
import { boundStanding, ownStanding, standing } from "../lifecycle/standing.ts"
import { Waiters } from "../telling/Waiters.ts"
import { sleepAndTurn } from "./after.ts"
import { sayIfRestarts } from "./end.ts"
import { attend } from "./loop.ts"
import { emit, fact, now, set } from "./record.ts"
import { forget } from "./restart.ts"
import { reportOfAllOver, reportSoFar } from "./shutdown.ts"

/** What a service gets from the cluster that places it. */
export type Placed = Pick<Lease, "gate" | "wish" | "forget">

/**
 * Takes a service. One that a cluster places runs only once it is claimed, and each run passes the gate. Throws `GovernorClosed` or
 * `DuplicateService`.
 */
export const add = (
  name: string,
  effect: Effect.Effect<unknown, unknown>,
  spec: Spec,
  placed?: Placed
): ServiceState => {
  const { governor } = spec
  if (!isOpen(governor)) throw new GovernorClosed({ service: name })
  if (governor.services.has(name)) throw new DuplicateService({ service: name })
  const since = now(governor)
  const service = new ServiceState(name, effect, spec, since)
  if (placed !== undefined) {
    rareOf(service).lease = { ...placed, isClaimed: false, passing: undefined, epoch: undefined }
  }
  governor.services.set(name, service)
  addToGraph(service)
  emit(service, fact(service, "ServiceAdded", since), undefined)
  attend(governor)
  return service
}

/** The dependencies of the service need not be there yet, and others may depend on the service already. */
const addToGraph = (service: ServiceState): void => {
  const { governor: { graph, services }, name, spec: { options: { bindsTo, dependsOn } } } = service
  if (dependsOn !== undefined && dependsOn.length > 0) {
    graph.add(name, dependsOn, bindsTo)
    for (const other of dependsOn) {
      const dependency = services.get(other)
      if (dependency !== undefined) setStandings(dependency)
      const its = standingFor(service, other)
      const rare = rareOf(service)
      if (its !== "Ready") rare.unready++
      if (its !== "Ready" && graph.isBound(name, other)) rare.unbound++
      if (its === "Failed") rare.failed++
    }
  }
  if (!graph.has(name)) return
  const bound = Array.from(graph.dependentsOf(name)).filter((other) => graph.isBound(other, name))
  rareOf(service).boundRuns = bound.filter((other) => services.get(other)?.run !== undefined).length
}

const setStandings = (service: ServiceState): void => {
  const rare = rareOf(service)
  rare.standing = standing(service)
  rare.boundStanding = boundStanding(service)
}

/** The service of this name, or of this path into governors inside. Throws `UnknownService`. */
export const get = (governor: GovernorState, path: string): ServiceState => {
  const service = find(governor, path)
  if (service === undefined) throw unknown(governor, path)
  return service
}

export const unknown = ({ services }: GovernorState, service: string): UnknownService =>
  new UnknownService({ service, known: Array.from(services.keys()).slice(0, namesShown) })

// --- starts ---

/** Starts all services that were never started; returns when the services that wait for nothing have begun. */
export const startAll = (governor: GovernorState): Effect.Effect<void, InvalidOption> =>
  Effect.callback((resume) => {
    if (!isOpen(governor)) return resume(Effect.void)
    const pending = Array.from(governor.services.values()).filter(({ status }) => status._tag === "Pending")
    governor.isStartRefused = true
    try {
      below(governor, pending)
    } catch (error) {
      return resume(Effect.fail(error as InvalidOption))
    }
    governor.isStartRefused = false
    pending.forEach(start)
    governor.answers.push(() => resume(Effect.void))
    attend(governor)
  })

/** Starts the dependencies of the service that are neither up nor in a delay. Throws `InvalidOption`. */
export const startBelow = (service: ServiceState): void => {
  if (service.spec.options.dependsOn === undefined) return
  for (const other of below(service.governor, [service])) {
    if (other !== service && !needsNoStart(other) && !isDelayed(other)) start(other)
  }
}

/** These services and their dependencies, down to those that are up; dependencies first. Throws `InvalidOption`. */
const below = (
  { graph, services }: GovernorState,
  starting: ReadonlyArray<ServiceState>
): ReadonlyArray<ServiceState> => {
  if (graph.isEmpty) return []
  const names = starting.filter(({ spec }) => spec.options.dependsOn !== undefined).map(({ name }) => name)
  return Array.from(graph.below(names, services, needsNoStart, isPlaced), (name) => services.get(name)!)
}

const isPlaced = ({ rare }: ServiceState): boolean => rare?.lease !== undefined

/** Whether nothing has to be started for the services that depend on it. */
const needsNoStart = (service: ServiceState): boolean =>
  ownStanding(service) === "Ready" && service.status._tag !== "Failed"

/** The service shall run: its next run is the first of a new count. */
export const start = (service: ServiceState): void => {
  const { aim, governor, rare, run } = service
  if (!isOpen(governor) || rare?.isClosing === true || rare?.lost !== undefined || aim === "Removed") return
  if (isNext(service) || (run !== undefined && !wasAsked(run))) return // the service runs, or is about to
  if (run === undefined) forget(service)
  if (rare !== undefined) forgetOthers(rare)
  if (run !== undefined) sayIfRestarts(service)
  set(service, "Start", run)
}

// --- waiting ---

/** Calls back when the service is as described, perhaps at once. The function that is returned cancels the wait. */
export const when = (
  service: ServiceState,
  until: (service: ServiceState) => boolean,
  call: () => void
): () => void => {
  if (!until(service)) return (rareOf(service).waiters ??= new Waiters()).add(until, call)
  call()
  return () => {}
}

/** Waits until the service is as described. */
export const whenever = (service: ServiceState, until: (service: ServiceState) => boolean): Effect.Effect<void> =>
  Effect.callback((resume) => Effect.sync(when(service, until, () => resume(Effect.void))))

/** Waits until each of the services that are started now was ready, or is over. */
export const awaitReady = (governor: GovernorState): Effect.Effect<void> =>
  Effect.suspend(() => {
    const started = Array.from(governor.services.values()).filter(isActive)
    return Effect.forEach(started, (service) => whenever(service, wasReadyOrIsOver), { discard: true })
  })

/** As `awaitReady`, for so many milliseconds at the most. Then it fails with the services that are not ready. */
export const awaitReadyWithin = (governor: GovernorState, millis: number): Effect.Effect<void, NotReady> => {
  if (millis === Infinity) return awaitReady(governor)
  const late = Effect.suspend(() => {
    const services = readinessOfAll(governor.services.values()).filter(({ ready }) => !ready)
    return services.length === 0 ? Effect.void : Effect.fail(new NotReady({ services, afterMillis: millis }))
  })
  return Effect.raceFirst(awaitReady(governor), Effect.andThen(sleepAndTurn(millis), late))
}

/** Waits until a shutdown took place, or every started service is over. */
export const awaitShutdown = (governor: GovernorState): Effect.Effect<ShutdownReport> =>
  Effect.withFiber((fiber) => {
    if (!isOpen(governor) && isFiberOf(fiber, governor)) return Effect.sync(() => reportSoFar(governor))
    const report = Effect.suspend(() =>
      isOpen(governor) ? Effect.succeed(reportOfAllOver(governor)) : Deferred.await(governor.shutdown.done)
    )
    const whole = Effect.andThen(idle(governor), report)
    return isFiberOf(fiber, governor) ? Effect.raceFirst(whole, partial(governor, fiber)) : whole
  })

/**
 * The report for a run of the governor, which would wait for itself: once a shutdown has begun and the run was asked to end, if
 * the run still goes on then.
 */
const partial = (governor: GovernorState, fiber: Fiber<unknown, unknown>): Effect.Effect<ShutdownReport> => {
  const { awaitStop } = Context.get(fiber.context, ServiceRun)
  const asked = Effect.andThen(Deferred.await(governor.shutdown.began), Effect.andThen(awaitStop, Effect.yieldNow))
  return Effect.andThen(
    asked,
    Effect.suspend(() => isFiberOf(fiber, governor) ? Effect.succeed(reportSoFar(governor)) : Effect.never)
  )
}

const idle = (governor: GovernorState): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const answer = () => resume(Effect.void)
    if (governor.active === 0) return answer()
    governor.idlers.push(answer)
    return Effect.sync(() => {
      governor.idlers = governor.idlers.filter((idler) => idler !== answer)
    })
  })
