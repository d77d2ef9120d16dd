/**
 * A thread that says more than its governor hears has to wait, as a process has that writes more than is read: what nobody has
 * heard yet would fill the memory of both.
 */

/** How many lines may be unheard. */
const most = 1000

/**
 * Called before each line; waits while too many are unheard. The counter is shared with the governor, which counts what it has
 * heard, so that the event loop of the thread need not turn. A process, which shares no memory, has a channel that holds it up.
 *
 * @internal
 */
export const pacing = (heard: Int32Array<SharedArrayBuffer> | undefined): () => void => {
  if (heard === undefined) return () => {}
  let said = Atomics.load(heard, 0)
  return () => {
    said = (said + 1) | 0 // as the counter, which begins again below zero
    for (let known = Atomics.load(heard, 0); ((said - known) | 0) > most; known = Atomics.load(heard, 0)) {
      Atomics.wait(heard, 0, known)
    }
  }
}
