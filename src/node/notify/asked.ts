/**
 * What systemd asks of this process, by its environment. What is read is removed, because child processes must not speak for
 * this one.
 */

type Environment = Record<string, string | undefined>

/** `address`: where messages go. `watchdog`: how long systemd waits for a sign of life, in milliseconds. */
export interface Asked {
  readonly address?: string
  readonly watchdog?: number
}

export const takeAsked = (environment: Environment, pid: number): Asked => {
  const address = take(environment, "NOTIFY_SOCKET")
  const micros = take(environment, "WATCHDOG_USEC")
  const whose = take(environment, "WATCHDOG_PID")
  const watchdog = whose === undefined || whose === String(pid) ? Number(micros) / 1000 : NaN
  return {
    ...(address !== undefined && { address }),
    ...(watchdog > 0 && { watchdog })
  }
}

/** The value of a variable that is set, and not to nothing. */
export const take = (environment: Environment, name: string): string | undefined => {
  const value = environment[name]
  delete environment[name]
  return value === "" ? undefined : value
}
