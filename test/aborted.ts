/** The run of a service that waits for nothing but its end. */
export const aborted = ({ signal }: { readonly signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
