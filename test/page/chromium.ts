/** Where the Chromium is that the tests of the page use, and what is to be done if there is none. Pure. */

/** What is known of the machine. */
export interface Machine {
  /** What `CHROMIUM_PATH` says. */
  readonly wish: string | undefined
  /** Whether a file can be executed. */
  readonly has: (path: string) => boolean
  /** Who runs the tests: who is not root may have `sudo` that asks for no password. */
  readonly isRoot: boolean
  readonly hasSudo: boolean
}

export type Found =
  | { readonly _tag: "Use"; readonly path: string }
  /** These commands make one, one after another; then it is here. */
  | { readonly _tag: "Install"; readonly commands: ReadonlyArray<ReadonlyArray<string>>; readonly path: string }
  | { readonly _tag: "Missing"; readonly problem: string }

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable"
]

const aptGet = "/usr/bin/apt-get"

export const find = ({ has, hasSudo, isRoot, wish }: Machine): Found => {
  if (wish !== undefined && wish !== "") {
    if (has(wish)) return { _tag: "Use", path: wish }
    return { _tag: "Missing", problem: `CHROMIUM_PATH says ${wish}, and there is no program.` }
  }
  const path = places.find(has)
  if (path !== undefined) return { _tag: "Use", path }
  const missing = (why: string): Found => ({
    _tag: "Missing",
    problem: `The tests of the page need Chromium. There is none at ${places.join(", ")}, and ${why}. ` +
      "Install it (Debian: apt-get install chromium), or say with CHROMIUM_PATH where it is."
  })
  if (!has(aptGet)) return missing("no apt-get to install it with")
  if (!isRoot && !hasSudo) return missing("no right to install it: that takes root, or sudo without a password")
  const before = isRoot ? [] : ["sudo", "-n"]
  return {
    _tag: "Install",
    commands: [
      [...before, aptGet, "update", "-q"],
      [...before, aptGet, "install", "-q", "-y", "--no-install-recommends", "chromium"]
    ],
    path: places[0]!
  }
}

/** Without the first of these it asks the network by itself. */
export const args = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
  "--disable-gpu",
  "--no-sandbox" // a container often has none; the page is our own
]
