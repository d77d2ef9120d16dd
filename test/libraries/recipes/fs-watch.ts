import type { ServiceAPI } from "effect-governor/promise"
import { watch } from "node:fs/promises"
import { work } from "./work.ts"

export const watcher = async ({ ready, signal }: ServiceAPI) => {
  const changes = watch(process.env["FOLDER"] ?? ".", { signal })
  ready()
  for await (const { filename } of changes) await work(filename) // throws the reason of the signal: it ends as asked
}
