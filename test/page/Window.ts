/** A window of the browser with the page in it, and all that it does which it should not. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { inject, onTestFinished } from "vitest"

/** What the page says, as of a number: the rows that are in the document, and the roots of the problems. */
export interface Said {
  readonly sequence: number
  /** The state and the three numbers of each service: `Running 3 1 2`. */
  readonly rows: ReadonlyArray<readonly [path: string, words: string]>
  /** The problems are told less often than the rows. */
  readonly problems: { readonly sequence: number; readonly roots: ReadonlyArray<string> }
}

export interface Window {
  readonly page: Page
  /** The addresses of all requests. */
  readonly requests: ReadonlyArray<string>
  /** Waits until the page has read what there is. */
  readonly loaded: () => Promise<void>
  /** The badge at the top: whether what is shown is how it is now. */
  readonly badge: () => Promise<string>
  /** Errors of the script and of the console, and violations of the policy. */
  readonly faults: () => Promise<ReadonlyArray<string>>
  readonly said: () => Promise<Said>
  /** What has moved that nobody has asked to: the layout shifts, and of what. */
  readonly shifts: () => Promise<ReadonlyArray<string>>
}

declare global {
  // What the tests watch in the page.
  var violations: Array<string> | undefined
  var shifts: Array<string> | undefined
}

/** The browser that runs for all tests. */
const browser = (): Promise<Browser> => chromium.connect(inject("browser"))

/** Opens the page at this address. `prepare`: what is done before. */
export const opened = async (
  url: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = async () => {}
): Promise<Window> => {
  const own = await browser()
  onTestFinished(() => own.close())
  const context = await own.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const requests: Array<string> = []
  const errors: Array<string> = []
  page.on("request", (request) => requests.push(request.url()))
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
  page.on("pageerror", (error) => errors.push(String(error)))
  await page.addInitScript(watch)
  await prepare(page)
  await page.goto(url, { waitUntil: "commit" })
  return {
    page,
    requests,
    loaded: async () => {
      await page.waitForSelector("[role=row][data-path]")
      await page.evaluate(() => globalThis.shifts!.length = 0) // the page was empty before
    },
    badge: () => page.innerText(".badge"),
    faults: async () => [...errors, ...await page.evaluate(() => globalThis.violations ?? [])],
    said: () => page.evaluate(read),
    shifts: () => page.evaluate(() => globalThis.shifts ?? [])
  }
}

/** Runs in the page, before it does. */
const watch = (): void => {
  globalThis.violations = []
  globalThis.shifts = []
  addEventListener("securitypolicyviolation", (event) => {
    globalThis.violations!.push(`${event.violatedDirective}: ${event.blockedURI}`)
  })
  const nameOf = (node: Node | null): string =>
    node instanceof Element ? `${node.localName}.${node.className || node.id}` : node?.nodeName ?? "what is gone"
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as Array<PerformanceEntry & Shift>) {
      // A number at the right edge of its place moves its first digit when it has another digit more: that is no move.
      const moved = entry.sources.filter(({ currentRect: to, previousRect: from }) =>
        to.x !== from.x || to.y !== from.y || to.width !== from.width || to.height !== from.height
      )
      if (entry.hadRecentInput || moved.length === 0) continue
      const moves = moved.map(({ currentRect: to, node, previousRect: from }) =>
        `${
          nameOf(node)
        } from ${from.x},${from.y} ${from.width}×${from.height} to ${to.x},${to.y} ${to.width}×${to.height}`
      )
      globalThis.shifts!.push(`${entry.value}: ${moves.join("; ")}`)
    }
  }).observe({ type: "layout-shift", buffered: true })
}

/** As browsers tell it: TypeScript does not know it. */
interface Shift {
  readonly hadRecentInput: boolean
  readonly value: number
  readonly sources: ReadonlyArray<
    { readonly node: Node | null; readonly previousRect: DOMRect; readonly currentRect: DOMRect }
  >
}

/** Runs in the page: all of one moment. */
const read = (): Said => {
  const textsOf = (row: Element, cells: string) => Array.from(row.querySelectorAll(cells), (cell) => cell.textContent)
  const numberOf = (selector: string) =>
    Number(document.querySelector<HTMLElement>(selector)?.dataset["sequence"] ?? "NaN")
  return {
    sequence: numberOf("main"),
    rows: Array.from(document.querySelectorAll<HTMLElement>("[role=row][data-path]"), (row) =>
      [
        row.dataset["path"] ?? "",
        [row.dataset["state"], ...textsOf(row, "[role=gridcell].number")].join(" ")
      ] as const),
    problems: {
      sequence: numberOf(".problems"),
      roots: Array.from(document.querySelectorAll<HTMLElement>("[data-root]"), ({ dataset }) => dataset["root"] ?? "")
    }
  }
}
