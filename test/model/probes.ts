/** Rules 19 and 24: what a check says of a run, again and again. A service says of itself whether its checks succeed. */
import { every, failures } from "./commands.ts"
import { isUp } from "./reading.ts"
import { after, type Run, type Service, type World } from "./world.ts"

/** The reason that is told. */
export const sick = `its readiness probe failed: "sick"`

const isChecked = ({ run: present }: Service, run: Run): boolean =>
  present === run && !run.isHung && run.ended === undefined

/** Checks again after each period, for as long as the run is up. */
const watch = (world: World, service: Service, run: Run, check: () => void): void => {
  after(world, every, () => {
    if (!isUp(service) || !isChecked(service, run)) return
    watch(world, service, run, check)
    check()
  })
}

/** The first stretch of the run has passed. */
export const beginReadiness = (
  world: World,
  service: Service,
  run: Run,
  { fails, passes }: { readonly passes: () => void; readonly fails: () => void }
): void => {
  if (service.options.probe !== "readiness" || !isUp(service) || !isChecked(service, run)) return
  let failed = 0
  const check = () => {
    failed = service.isWell ? 0 : failed + 1
    run.lastCheck = service.isWell ? undefined : sick
    if (service.isWell) run.isWell = true
    if (service.isWell && !run.saidUnready) passes()
    if (failed < failures) return
    run.isWell = false
    if (run.readyAt !== undefined) fails()
  }
  watch(world, service, run, check)
  check()
}

/** The run is ready for the first time. */
export const beginLiveness = (world: World, service: Service, run: Run, hung: () => void): void => {
  if (service.options.probe !== "liveness") return
  let failed = 0
  watch(world, service, run, () => {
    failed = service.isWell ? 0 : failed + 1
    if (failed >= failures) hung()
  })
}
