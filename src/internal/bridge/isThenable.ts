/** Whether a value may be a promise, of whatever kind. A proxy may throw. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  (typeof value === "object" || typeof value === "function") && value !== null && "then" in value
