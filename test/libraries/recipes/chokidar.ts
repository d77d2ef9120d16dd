import { watch } from "chokidar"
import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const watcher = async ({ defer, log, ready, until }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const files = watch(process.env["FOLDER"] ?? ".", { ignoreInitial: true })
  const failed = new Promise<never>((_, reject) => files.on("error", reject))
  failed.catch(() => {})
  files.on("add", (path) => jobs.begin(() => work(path)))
  defer(() => jobs.settled())
  defer(() => files.close())
  await once(files, "ready")
  ready()
  await until(failed)
}
