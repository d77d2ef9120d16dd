/**
 * Looks at the runs that have to give signs of life. Runs that are looked at equally often share one timer: to wake this process
 * takes longer than to look, and a hundred idle threads wake it no more often than one.
 */

/** The longest time that a timer of Node takes. A longer one would fire at once. */
const longest = 2 ** 31 - 1

interface Watch {
  readonly looks: Set<() => void>
  readonly timer: NodeJS.Timeout
}

const watches = new Map<number, Watch>()

/**
 * Calls back again and again, until the result is called. Never, if the time is without end.
 *
 * @internal
 */
export const watching = (millis: number, look: () => void): () => void => {
  if (millis === Infinity) return () => {}
  const { looks, timer } = watchOf(Math.min(longest, millis))
  looks.add(look)
  return () => {
    looks.delete(look)
    if (looks.size > 0) return
    clearInterval(timer)
    watches.delete(Math.min(longest, millis))
  }
}

const watchOf = (millis: number): Watch => {
  const there = watches.get(millis)
  if (there !== undefined) return there
  const looks = new Set<() => void>()
  const made = { looks, timer: setInterval(() => looks.forEach((look) => look()), millis) }
  watches.set(millis, made)
  return made
}
