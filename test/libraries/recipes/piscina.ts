import type { ServiceAPI } from "effect-governor/promise"
import { Piscina } from "piscina"

export const pool = async ({ defer, log, ready, signal, sleep }: ServiceAPI) => {
  const threads = new Piscina<string, string>({
    filename: new URL("./thread.ts", import.meta.url).href,
    closeTimeout: 20_000 // its default, 30 seconds, is longer than the shutdown
  })
  defer(() => threads.close()) // waits for the jobs. A job that comes later starts a new thread
  ready()
  do log(await threads.run("job"))
  while (!signal.aborted && !(await sleep("1 second")))
}
