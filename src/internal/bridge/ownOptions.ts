/**
 * Options that a service in plain TypeScript brings along. Those that are given where the service is added come first.
 */
export const ownOptions: unique symbol = Symbol.for("effect-governor/ownOptions")
