/**
 * Which services restart together with a service. Pure. From Erlang/OTP, except `dependents`.
 */
export const strategies = ["one-for-one", "one-for-all", "rest-for-one", "dependents"] as const

export type Strategy = typeof strategies[number]

/**
 * The names of the services that stop and start together: the failed service and its group, in the order of their
 * `add`.
 */
export const group = (
  strategy: Strategy,
  added: ReadonlyArray<string>,
  above: (name: string) => ReadonlySet<string>,
  failed: string
): ReadonlyArray<string> => {
  switch (strategy) {
    case "one-for-one":
      return [failed]
    case "one-for-all":
      return added
    case "rest-for-one":
      return added.slice(added.indexOf(failed))
    case "dependents": {
      const dependents = above(failed)
      return dependents.size === 0 ? [failed] : added.filter((name) => name === failed || dependents.has(name))
    }
  }
}
