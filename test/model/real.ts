/**
 * A real governor on a `TestClock`, moved by hand: its fibers go on, and its timers fire, only inside of `apply`. So a step
 * takes microseconds, and the same commands do the same again.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { MinimumLogLevel } from "effect/References"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Governor, type GovernorEvent, Service, ServiceRun, type ServiceStatus } from "../../src/index.ts"
import { sightOf } from "../../src/internal/sight.ts"
import type { Command, Deed, GovernorOptions, Options } from "./commands.ts"
import { type Hands, policyOf, Puppet, type Tally } from "./puppet.ts"
import { ObservedClock, Turn } from "./turn.ts"

export class Real {
  readonly events: Array<GovernorEvent.GovernorEvent> = []
  /** The commands that somebody waits for. */
  readonly calls: Array<{ readonly command: Command; readonly fiber: Fiber.Fiber<unknown, unknown> }> = []
  /** How many events there were when the layer of a service closed, the latest of its name. */
  readonly closed = new Map<string, number>()
  readonly tallies = new Map<string, Tally>()
  /** All that ever were, and the latest of each name. */
  readonly #puppets: Array<Puppet> = []
  readonly #latest = new Map<string, { readonly puppet: Puppet; readonly handle: Governor.ServiceHandle<unknown> }>()
  /** The handles of what a cluster places, and the scope of each claim. */
  readonly #claims = new Map<Governor.ServiceHandle<unknown>, Scope.Closeable | undefined>()
  #epoch = 0
  readonly #scope = Scope.makeUnsafe()
  readonly #turn = new Turn()
  readonly #clock: ObservedClock
  #context: Context.Context<Scope.Scope>
  readonly governor: Governor.Governor
  /** Who sees the governor: itself, or the one around it. */
  readonly #seenBy: Pick<Governor.Tree, "listen" | "status">

  static async make(options: GovernorOptions, inside = false): Promise<Real> {
    const real = new Real(options, inside)
    real.#fork(real.#clock.adjust(0)) // the clock shall not warn: that breaks off the sleep of a fiber which is interrupted
    await real.#turn.isOver()
    return real
  }

  private constructor({ drainDelay = 0, restart, ...options }: GovernorOptions, inside: boolean) {
    const bare = Context.make(Scope.Scope, this.#scope).pipe(
      Context.add(Scheduler.Scheduler, this.#turn.scheduler),
      Context.add(MinimumLogLevel, "None")
    )
    this.#context = bare
    this.#clock = new ObservedClock(this.#now(TestClock.make()))
    this.#context = Context.add(bare, Clock.Clock, this.#clock.clock)
    const made = Effect.tap(
      Governor.make({ ...options, restart: policyOf(restart) }),
      (governor) => Effect.sync(() => sightOf(governor).drainFor(drainDelay))
    )
    if (!inside) {
      this.governor = this.#seenBy = this.#now(made)
      this.governor.listen((event) => this.events.push(event))
      return
    }
    const around = this.#now(Governor.make())
    const latest = { sequence: 0 }
    around.tree.listen((event) => this.#hear(event, latest))
    this.governor = this.#inside(around, made)
    this.#seenBy = around.tree
  }

  #inside(around: Governor.Governor, made: Effect.Effect<Governor.Governor, unknown, Scope.Scope>): Governor.Governor {
    let inside: Governor.Governor | undefined
    const run = Effect.gen(function*() {
      const { nest } = yield* ServiceRun
      inside = yield* made
      nest!.contains(inside.door)
      return yield* Effect.never
    })
    this.#now(Effect.andThen(around.add(Service.make("around", run)), around.start))
    if (inside === undefined) throw new Error("this was to be made at once")
    return inside
  }

  /** The numbers have no gaps. Who is inside is named by a path. */
  #hear(event: GovernorEvent.GovernorEvent, latest: { sequence: number }): void {
    if (event.sequence !== ++latest.sequence) throw new Error(`number ${event.sequence} after ${latest.sequence - 1}`)
    if ("service" in event) {
      if (event.service !== "around") this.events.push({ ...event, service: nameOf(event.service) })
    } else if (event.governor === "around") this.events.push(event)
  }

  get statuses(): ReadonlyArray<ServiceStatus.ServiceStatus> {
    const statuses = Effect.runSync(this.#seenBy.status)
    return this.#seenBy === this.governor
      ? statuses
      : statuses.slice(1).map((status) => Object.assign({}, status, { name: nameOf(status.name) }))
  }

  /** Does it, and all that follows at this time. */
  async apply(command: Command): Promise<void> {
    switch (command._tag) {
      case "add": {
        const puppet = new Puppet(command.service, command.options, this.#handsOf(command.service, command.options))
        const added = Effect.map(this.#add(puppet.service, command.options), (handle) => {
          this.#puppets.push(puppet)
          this.#latest.set(command.service, { puppet, handle })
        })
        this.#call(command, added)
        break
      }
      case "startAll":
        this.#call(command, this.governor.start)
        break
      case "awaitReady":
      case "shutdown":
      case "awaitShutdown":
        this.#call(command, this.governor[command._tag])
        break
      case "advance":
        return this.#advance(command.millis)
      default:
        this.#deed(command)
    }
    await this.#turn.isOver()
  }

  #handsOf(service: string, { removesAtEnd = "", stops = "" }: Options): Hands {
    return {
      tally: this.#tally(service),
      begun: () => {
        const other = this.#latest.get(stops)
        if (other !== undefined) this.#fork(other.handle.stop)
      },
      ending: Effect.suspend(() => {
        const other = this.#latest.get(removesAtEnd)
        return other === undefined ? Effect.void : Effect.ignore(other.handle.remove)
      })
    }
  }

  #deed(command: Command & { readonly _tag: Deed }): void {
    const { _tag, service } = command
    const { handle, puppet } = this.#latest.get(service)!
    switch (_tag) {
      case "start":
      case "stop":
      case "restart":
      case "remove":
        return this.#call(command, handle[_tag])
      case "close":
        this.closed.set(service, this.events.length)
        return this.#call(command, this.governor.door.release(handle, Exit.void))
      case "ready":
      case "unready":
      case "readyLate":
      case "beat":
        return this.#now(puppet[_tag])
      case "sick":
      case "well":
        puppet.isWell = _tag === "well"
        return
      case "crash":
        return puppet.end(Exit.fail("crashed"))
      case "complete":
        return puppet.end(Exit.void)
      case "hang":
        return puppet.hang()
      case "release":
        return puppet.release()
      case "claim":
        return this.#claim(handle)
      case "lose":
        return this.#lose(command, handle)
    }
  }

  /** What a cluster places has a gate before each run, which takes its time. */
  #add(service: Service.Service<string>, { placed }: Options) {
    if (placed === undefined) return this.governor.add(service)
    const next = Effect.sync(() => ++this.#epoch)
    const gate = placed === 0 ? next : Effect.andThen(Effect.sleep(placed), next)
    return Effect.tap(
      this.governor.door.place(service, { gate, wish: () => Effect.void, forget: () => {} }),
      (handle) => Effect.sync(() => this.#claims.set(handle, undefined))
    )
  }

  #claim(handle: Governor.ServiceHandle<unknown>): void {
    if (!this.#claims.has(handle) || this.#claims.get(handle) !== undefined) return
    const scope = Scope.makeUnsafe()
    this.#claims.set(handle, scope)
    this.#now(Scope.provide(this.governor.door.claim(handle), scope))
  }

  #lose(command: Command, handle: Governor.ServiceHandle<unknown>): void {
    const scope = this.#claims.get(handle)
    if (scope === undefined) return
    this.#claims.set(handle, undefined)
    this.#call(command, Scope.close(scope, Exit.void))
  }

  /** From one sleeper to the next: what one brings about is over before the time of the next. */
  async #advance(millis: number): Promise<void> {
    const end = this.#clock.now + millis
    while (this.#clock.now < end) {
      this.#fork(this.#clock.adjust(this.#clock.next(end) - this.#clock.now))
      await this.#turn.isOver()
    }
  }

  /** A command by hand: nobody waits for it here, for it may hang. */
  #call(command: Command, effect: Effect.Effect<unknown, unknown>): void {
    this.calls.push({ command, fiber: this.#fork(effect) })
  }

  #tally(name: string): Tally {
    const tally = this.tallies.get(name) ?? { runs: 0, most: 0 }
    this.tallies.set(name, tally)
    return tally
  }

  #fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.#context)(effect)
  }

  #now<A>(effect: Effect.Effect<A, unknown, Scope.Scope>): A {
    const exit = Effect.runForkWith(this.#context)(effect).pollUnsafe()
    if (exit?._tag !== "Success") throw new Error("this was to be done at once", { cause: exit })
    return exit.value
  }

  /** A sequence broken off must not leave anything to the next. */
  async dispose(): Promise<void> {
    this.#fork(Scope.close(this.#scope, Exit.void))
    for (const puppet of this.#puppets) puppet.release()
    await this.#turn.isOver()
  }
}

const nameOf = (path: string): string => path.slice("around/".length)
