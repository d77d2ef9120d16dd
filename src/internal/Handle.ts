/**
 * The handle of a service: its status, and the commands that a user can give.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import {
  GovernorClosed,
  type InvalidOption,
  type RunAbandoned,
  ServiceInUse,
  type UnknownService
} from "../GovernorError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Wish } from "./Cluster.ts"
import { limitAfter } from "./engine/after.ts"
import { close, expireClosing, withAbove } from "./engine/closing.ts"
import { start, startBelow, unknown, when, whenever } from "./engine/commands.ts"
import { leave } from "./engine/end.ts"
import { claim, lose } from "./engine/lease.ts"
import { attend } from "./engine/loop.ts"
import { monotonic } from "./engine/record.ts"
import { warnOfUnstarted } from "./engine/shutdown.ts"
import { namesShown } from "./input/listed.ts"
import { type GovernorState, isOpen, timeoutOf } from "./lifecycle/GovernorState.ts"
import { find } from "./lifecycle/inside.ts"
import { inWords } from "./lifecycle/inWords.ts"
import { errorsOf } from "./lifecycle/outcome.ts"
import { isFiberOf, isNext, isPending, isUnclaimed, mayBegin, wasAsked } from "./lifecycle/questions.ts"
import { isOver, isReady } from "./lifecycle/readiness.ts"
import { reportOf } from "./lifecycle/report.ts"
import type { ServiceState } from "./lifecycle/ServiceState.ts"
import { withPath } from "./telling/Outbox.ts"

type Begin = Effect.Effect<void, GovernorClosed | InvalidOption | RunAbandoned | UnknownService>

/** The path by which a service of a governor inside was found, and the governor that was asked. */
interface Found {
  readonly by: GovernorState
  readonly path: string
}

/**
 * `E` is the error type that the service was added with. The engine does not know the error types of services.
 *
 * A governor inside makes new services in each run: a handle that was found by a path is of the one of that path. While there is
 * none, it is of the latest one, which is over.
 */
export class Handle<E> {
  #latest: ServiceState
  readonly #found: Found | undefined

  constructor(service: ServiceState, found?: Found) {
    this.#latest = service
    this.#found = found
  }
  get #present(): ServiceState | undefined {
    return this.#found === undefined ? this.#latest : find(this.#found.by, this.#found.path)
  }
  get #service(): ServiceState {
    return this.#latest = this.#present ?? this.#latest
  }
  get name() {
    return this.#found?.path ?? this.#latest.name
  }
  get status() {
    return Effect.sync(() => withPath(this.#service.status, this.name) as ServiceStatus<E>)
  }
  /** What the service is doing, in words. */
  state(): string {
    return inWords(this.#service)
  }
  get awaitReady() {
    return Effect.suspend(() => {
      const service = this.#service
      const until = whenever(service, (service) => isReady(service) || isOver(service))
      return Effect.map(until, () => isReady(service))
    })
  }
  get awaitOver() {
    return Effect.suspend(() => {
      const service = this.#service
      return Effect.map(whenever(service, isOver), () => {
        const report = reportOf(service, monotonic(service.governor))
        return this.#found === undefined ? report : { ...report, name: this.#found.path }
      })
    })
  }
  get start(): Begin {
    return this.#told("start", this.#start)
  }
  /** As `start`, but nobody has asked for it by hand: what people want of the service in the whole cluster stays as it is. */
  get begin(): Begin {
    return this.#start
  }
  get restart(): Begin {
    return this.#told("restart", this.#restart)
  }
  get stop() {
    return this.#told("stop", this.#stop)
  }
  get remove() {
    return Effect.suspend((): Effect.Effect<void, RunAbandoned | ServiceInUse> => {
      const service = this.#service
      // In a shutdown the service stays, because the report lists it.
      if (service.aim === "Removed" || !isOpen(service.governor)) return Effect.void
      const dependents = dependentsOf(service)
      if (dependents.length > 0) return Effect.fail(new ServiceInUse({ service: service.name, dependents }))
      const removed = this.#end((service) => leave(service, "remove"))
      return Effect.andThen(
        removed,
        Effect.suspend(() => isOpen(service.governor) ? failIfAbandoned(service) : Effect.void)
      )
    })
  }

  /**
   * Removes the service as its layer closes. Takes no longer than a shutdown may take, which limits the closing of
   * layers too. A fiber of a run that has to end for this would wait for itself, and does not wait.
   */
  release(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.withFiber((fiber) => {
      const service = this.#service
      const { governor } = service
      const shutdownTimeout = timeoutOf(governor)
      // Few fibers that close a layer belong to a run of the governor: only for those all that depends on the service is looked at.
      const isOwn = isFiberOf(fiber, governor) && withAbove(service).some((one) => isFiberOf(fiber, one))
      if (isOpen(governor)) {
        if (isPending(service) && errorsOf(exit) === undefined) warnOfUnstarted(governor, [service])
        close(service) // in a shutdown the service stays, because the report lists it
        attend(governor)
      }
      if (isOwn) return Effect.void
      const down = whenever(service, ({ run }) => run === undefined)
      if (shutdownTimeout === Infinity || service.run === undefined) return down
      const deadline = limitAfter(
        service.spec.place.context,
        shutdownTimeout,
        () => expireClosing(service, shutdownTimeout)
      )
      return Effect.ensuring(down, Effect.sync(() => deadline.interruptUnsafe()))
    })
  }

  /**
   * The claim of a service that a cluster places: the service runs here until the scope closes. That takes until nothing is left
   * of its run, whether the run was abandoned or not.
   */
  get claim(): Effect.Effect<void, never, Scope.Scope> {
    const service = this.#latest
    const { governor } = service
    const begin = Effect.sync(() => {
      claim(service)
      attend(governor)
    })
    const end = Effect.suspend(() => {
      const { run } = service
      lose(service)
      attend(governor)
      return whenever(service, ({ rare, run: now }) => (run === undefined || now !== run) && rare?.lost === undefined)
    })
    return Effect.acquireRelease(begin, () => end)
  }

  get #start() {
    return this.#begin(start, isUnderway)
  }
  get #restart() {
    return this.#begin((service) => leave(service, "restart"), hasBegun)
  }
  get #stop() {
    return this.#end((service) => leave(service, "stop"))
  }

  /** Does what somebody wished on another node, so the cluster knows of it. */
  follow(wish: Wish): Effect.Effect<void> {
    const commands = { start: this.#start, restart: this.#restart, stop: this.#stop }
    return Effect.ignore(commands[wish])
  }

  /** Gives a command by hand, and waits until it is carried out in the whole cluster if a cluster places the service. */
  #told<E>(wish: Wish, command: Effect.Effect<void, E>): Effect.Effect<void, E> {
    return Effect.withFiber((fiber) => {
      const service = this.#service
      const { governor, rare } = service
      if (rare?.lease === undefined || !isOpen(governor)) return command
      const carriedOut = rare.lease.wish(wish)
      return isFiberOf(fiber, service) ? command : Effect.andThen(command, carriedOut)
    })
  }

  /**
   * Gives a command that ends the present run, and waits for the end of this run only. In a shutdown it returns at
   * once, because every service ends anyway. So it does for a fiber of that run, which would wait for itself.
   */
  #end(command: (service: ServiceState) => void): Effect.Effect<void> {
    return Effect.withFiber((fiber) => {
      const service = this.#service
      const { governor, run } = service
      if (!isOpen(governor)) return Effect.void
      command(service)
      attend(governor)
      const hasLeft = (service: ServiceState) => service.run !== run || !isOpen(governor)
      return run === undefined || isFiberOf(fiber, service) ? Effect.void : whenever(service, hasLeft)
    })
  }

  /**
   * Gives a command that begins a run, and waits until `until` holds. Fails if an abandoned run is in the way. A fiber of the
   * present run would wait for itself, and does not wait.
   */
  #begin(command: (service: ServiceState) => void, until: (service: ServiceState) => boolean): Begin {
    return Effect.withFiber((fiber): Begin => {
      const found = this.#found
      if (found !== undefined && this.#present === undefined) return Effect.fail(unknown(found.by, found.path))
      const service = this.#service
      const { aim, governor, name, rare } = service
      if (aim === "Removed" || rare?.isClosing === true) return Effect.fail(unknown(governor, name))
      if (!isOpen(governor)) return Effect.fail(new GovernorClosed({ service: name }))
      return Effect.callback((resume) => {
        try {
          startBelow(service)
        } catch (error) {
          return resume(Effect.fail(error as InvalidOption))
        }
        if (service.rare?.lost === undefined) command(service)
        // The caller waits before anything begins, because a short run may be over when `attend` returns.
        const isOwn = service.run !== undefined && isFiberOf(fiber, service)
        let answer: ReturnType<typeof failIfAbandoned> = Effect.void
        const isAnswered = (service: ServiceState): boolean => {
          if (!isOwn && !until(service)) return false
          answer = failIfAbandoned(service) // now: the abandoned run may have settled when the caller hears of this
          return true
        }
        const forget = when(service, isAnswered, () => resume(answer))
        attend(governor)
        return Effect.sync(forget)
      })
    })
  }
}

/** The names of the other services that depend on this service, not more than an error lists. */
const dependentsOf = ({ governor: { graph }, name }: ServiceState): ReadonlyArray<string> =>
  Array.from(graph.dependentsOf(name)).filter((dependent) => dependent !== name).slice(0, namesShown)

/** Whether the next run has begun, or no run will begin here: another command has taken over, or the claim is elsewhere. */
const hasBegun = (service: ServiceState) =>
  (!isNext(service) || isUnclaimed(service)) && (service.run === undefined || !wasAsked(service.run))

/** As `hasBegun`, or the service waits for its dependencies. */
const isUnderway = (service: ServiceState) => hasBegun(service) || (isNext(service) && !mayBegin(service))

/** Fails if an abandoned run of the service may still be there. */
const failIfAbandoned = ({ rare }: ServiceState): Effect.Effect<void, RunAbandoned> =>
  rare?.lost === undefined ? Effect.void : Effect.fail(rare.lost.error)
