/**
 * Processes as services in plain TypeScript.
 */
import type { PromiseService } from "../Service.ts"
import { checkCommand, type CommandOptions } from "./CommandOptions.ts"
import { plainService } from "./plain.ts"
import { runCommand } from "./runCommand.ts"

/**
 * A service each of whose runs is a process.
 *
 * **When to use**
 *
 * For a program that is not written for this one, and for work that must be ended even if it does not want to end: a run in
 * this process that ignores its signal can only be abandoned, and a process can be killed.
 *
 * **Details**
 *
 * A run begins when the process has started, in a process group of its own. Exit code 0 completes the run. Any other code, and a
 * signal, is a crash (`ProcessFailed`), and so is a process that does not start (`ProcessNotStarted`) or takes more than its
 * `maxMemory` (`MemoryExceeded`): the restart policy decides.
 *
 * Each line that the process writes is a line of the log: at the level info what comes from its standard output, at the level
 * warn what comes from its standard error. A process that writes faster than its lines can be logged has to wait.
 *
 * A stop sends `stopSignal` to the group. When the `stopTimeout` of the service is over, or the time of the shutdown, the group
 * is killed, and the service is `Failed` (`RunKilled`). After a stop, code 0, the signal itself, and 128 and its number are good
 * ends. A run has ended when no process of its group is left, also after a crash: no next run begins beside what an older one
 * has left.
 *
 * The options of `add` come before those that are given here. Throws `InvalidOption` if an option is bad.
 *
 * From systemd (`KillMode=control-group`, `TimeoutStopSec`), supervisord and the brutal kill of Erlang/OTP.
 *
 * **Gotchas**
 *
 * A process that leaves its group, as daemons do, is not known any more. Windows has no process groups: there a command is refused.
 *
 * **Example** (A program as a service)
 *
 * ```ts
 * import { command } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor({ restart: "1 second" })
 * governor.add("ticker", command(process.execPath, ["-e", "setInterval(() => console.log('tick'), 100)"]))
 * governor.start()
 *
 * setTimeout(() => governor.shutdown(), 500)
 * console.log((await governor.waitForShutdown()).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const command = (
  program: string,
  args: ReadonlyArray<string> = [],
  options: CommandOptions = {}
): PromiseService =>
  plainService(options, (all, service) => {
    const { own, spec } = checkCommand(program, args, all, service)
    return { effect: runCommand(spec), own }
  })
