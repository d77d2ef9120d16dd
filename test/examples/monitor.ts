/**
 * The uptime monitors, each as a process of its own, with the operations that they serve.
 */
import { fileURLToPath } from "node:url"
import { start } from "../child.ts"

/** The two programs, which do the same. */
export const programs = ["uptime", "uptime-effect"] as const

export type Program = typeof programs[number]

/** Nobody listens on this privileged port, and `fetch` does not refuse it as it does port 1. */
const nowhere = "http://127.0.0.1:2/"

/** On free ports, and with a database that nobody else has. */
export const startMonitor = (program: Program, env: Record<string, string> = {}) =>
  start(fileURLToPath(new URL(`../../examples/${program}/main.ts`, import.meta.url)), [], {
    PORT: "0",
    TARGETS: "",
    INTERVAL: "50 millis",
    REPORT_URL: nowhere,
    DATABASE: ":memory:",
    OPS_PORT: "0",
    OPS_HOST: "",
    OPS_TOKEN: "",
    DRAIN_DELAY: "1 millis",
    NO_COLOR: "1",
    ...env
  })

type Monitor = ReturnType<typeof startMonitor>

/** Where its operations are. */
export const operationsOf = async (monitor: Monitor): Promise<string> =>
  (await monitor.printed(/operations at (http[^\s"]+)["\n]/))[1]!

/** Where its page is. */
export const pageOf = async (monitor: Monitor): Promise<string> =>
  (await monitor.printed(/listening on (http[^\s"]+)["\n]/))[1]!
