/** What is measured inside of the page. Each function runs in the browser, and uses nothing from outside of it. */

/** The moments of the page, in milliseconds since it was asked for. */
export interface Moments {
  readonly answered: number
  /** The answer with all that is kept of the governor. */
  readonly known: number
  readonly painted: number
  readonly rows: number
  /** A search was typed as the rows were there, and its result was painted. */
  readonly searched: number
}

export interface Frames {
  readonly perSecond: number
  /** How long frames took, in milliseconds. */
  readonly late: number
  readonly longest: number
  /** By how many events the page went on. */
  readonly events: number
}

declare global {
  var moments: Promise<{ readonly rows: number; readonly searched: number }> | undefined
}

/** Before the page does anything. */
export const watch = (): void => {
  const painted = () =>
    new Promise<number>((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))
  const once = (isThere: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isThere()) return
        observer.disconnect()
        resolve()
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { childList: true, subtree: true })
    })
  const rows = () => document.querySelectorAll("[role=row][data-path]").length
  globalThis.moments = once(() => rows() > 0).then(painted).then(async (first) => {
    const search = document.querySelector<HTMLInputElement>("#search")!
    search.value = "service-0042"
    const found = once(() => rows() === 1)
    search.dispatchEvent(new Event("input", { bubbles: true }))
    await found
    const searched = await painted()
    search.value = ""
    search.dispatchEvent(new Event("input", { bubbles: true }))
    return { rows: first, searched }
  })
}

export const momentsOf = async (): Promise<Moments> => {
  const { rows, searched } = await globalThis.moments!
  const [page] = performance.getEntriesByType("navigation")
  // The browser tells of a paint some time after it.
  const paint = await new Promise<PerformanceEntry>((resolve) => {
    new PerformanceObserver((list) => {
      const [first] = list.getEntriesByName("first-contentful-paint")
      if (first !== undefined) resolve(first)
    }).observe({ type: "paint", buffered: true })
  })
  const incident = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/incident"))
  const answer = (entry: PerformanceEntry | undefined) => (entry as PerformanceResourceTiming | undefined)?.responseEnd
  return {
    answered: answer(page) ?? Number.NaN,
    known: answer(incident) ?? Number.NaN,
    painted: paint.startTime,
    rows,
    searched
  }
}

/** Counts the frames of so many milliseconds. */
export const framesOf = async (millis: number): Promise<Frames> => {
  const sequence = () => Number(document.querySelector("main")?.dataset["sequence"])
  const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
  const gaps: Array<number> = []
  const [began, before] = [await next(), sequence()]
  for (let last = began; last < began + millis;) {
    const now = await next()
    gaps.push(now - last)
    last = now
  }
  const inOrder = gaps.toSorted((a, b) => a - b)
  const took = gaps.reduce((sum, gap) => sum + gap, 0)
  return {
    perSecond: gaps.length / took * 1000,
    late: inOrder[Math.floor(inOrder.length * 0.99)]!,
    longest: inOrder.at(-1)!,
    events: sequence() - before
  }
}
