/** Programs that need no server, or are clients of one. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Trial } from "../Trial.ts"

/** The program finds its work itself. */
const own: Trial = {}

const file: Trial = {
  send: async ({ folder }) => {
    writeFileSync(join(folder, "file"), "")
    return () => {}
  }
}

const client: Trial = { server: "http", isCut: true }

export const trials: Readonly<Record<string, Trial>> = {
  "better-sqlite3": own,
  chokidar: file,
  croner: own,
  execa: own,
  fetch: client,
  "fs-watch": file,
  "node-cron": own,
  "node-sqlite": own,
  opentelemetry: { server: "http", isCut: true },
  pino: { isCut: true },
  piscina: own,
  tinypool: own,
  undici: client
}
