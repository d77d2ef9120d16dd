/**
 * The probes of one run: whether the run is ready, and whether it is alive.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ProbeFailed } from "../../GovernorError.ts"
import type { Checked } from "../../Probe.ts"
import type * as Service from "../../Service.ts"
import type { RareRun } from "../lifecycle/ServiceState.ts"
import { after, judgeAfter } from "./after.ts"
import { timedOut } from "./end.ts"
import { type Failure, type Owner, Prober } from "./Prober.ts"
import { probeFailed, probePassed } from "./readiness.ts"
import { monotonic } from "./record.ts"
import type { Run } from "./Run.ts"

/** The probes of a run, if its service has any. */
export const probesOf = (run: Run, { liveness, readiness }: Service.Checked): RareRun["probes"] =>
  typeof readiness === "object" || liveness !== undefined
    ? new Probes(run, typeof readiness === "object" ? readiness : undefined, liveness)
    : undefined

class Probes implements NonNullable<RareRun["probes"]> {
  readonly #readiness: Prober | undefined
  readonly #liveness: Prober | undefined
  #wasReady = false
  isWell = false

  constructor(run: Run, readiness: Checked | undefined, liveness: Checked | undefined) {
    this.#readiness = readiness && proberOf(run, readiness, {
      passes: () => {
        this.isWell = true
        probePassed(run)
      },
      fails: (failures, { cause }) => {
        this.isWell = false
        probeFailed(run, errorOf(run, "readiness", failures, cause), failures === readiness.failures)
      }
    })
    this.#liveness = liveness && proberOf(run, liveness, {
      passes: () => {},
      fails: (failures, { cause }) => timedOut(run, errorOf(run, "liveness", failures, cause))
    })
  }

  get failure(): Failure | undefined {
    return this.#readiness?.failure
  }

  /** The first synchronous stretch of the run has passed. */
  begin(): void {
    this.#readiness?.beginNow()
  }

  ready(): void {
    if (this.#wasReady) return
    this.#wasReady = true
    this.#liveness?.beginLater()
  }

  close(): void {
    this.#readiness?.close()
    this.#liveness?.close()
  }
}

const proberOf = (run: Run, probe: Checked, { fails, passes }: Pick<Owner, "passes" | "fails">): Prober => {
  const { governor, spec: { place: { context } } } = run.of
  let own: Context.Context<never> | undefined // one for all checks, because it is a copy
  return new Prober({
    monotonic: () => monotonic(governor),
    after: (millis, then) => after(context, millis, then),
    judgeAfter: (millis, judge) => judgeAfter(context, millis, judge),
    fork: (check) => Effect.runForkWith(own ??= run.context)(check),
    // Not at once: what the check does as it is interrupted must find the records consistent.
    drop: (check) => void governor.answers.push(() => check.interruptUnsafe()),
    passes,
    fails
  }, probe)
}

const errorOf = (
  { name: service, run }: Run,
  probe: ProbeFailed["probe"],
  failures: number,
  cause: unknown
): ProbeFailed => new ProbeFailed({ service, run, probe, failures, cause })
