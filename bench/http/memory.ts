/** What is in use. */

/** Bytes that are in use, without what nobody needs any more. */
export const memory = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}
