/**
 * A service that is bound to others goes down when one of them is not ready any more, and begins again when all are. From systemd
 * (`BindsTo` with `PartOf`).
 */
import { endsByItself, isAdrift } from "../lifecycle/questions.ts"
import { standingFor } from "../lifecycle/readiness.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"
import { leave } from "./end.ts"
import { publish } from "./record.ts"

/**
 * Ends the run of the service, if the service is bound to one that is not ready, unless a group or a closing layer sees to that.
 * The services that are bound to this one hear of that, and go down before. While they do, the other may become ready again:
 * then this service stays up.
 */
export const detach = (service: ServiceState): void => {
  const { governor: { services }, rare, spec: { options: { bindsTo } } } = service
  if (rare === undefined) return
  const isNow = isAdrift(service)
  if (isNow !== rare.isAdrift) {
    rare.isAdrift = isNow
    publish(service)
  }
  if (!isNow || rare.boundRuns > 0 || rare.holds > 0 || rare.blocks > 0 || endsAnyway(service)) return
  const lacking = bindsTo?.find((name) => standingFor(service, name) !== "Ready")
  leave(service, "dependency", lacking === undefined ? undefined : services.get(lacking))
}

/** The run ends by itself, or hangs. */
const endsAnyway = (service: ServiceState): boolean => endsByItself(service) || service.run?.rare?.hung !== undefined
