import type { ServiceAPI } from "effect-governor/promise"
import { Tinypool } from "tinypool"

export const pool = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const threads = new Tinypool({ filename: new URL("./thread.ts", import.meta.url).href })
  defer(() => threads.destroy()) // does not wait: what it runs rejects. So this service awaits each job itself
  ready()
  do log(await threads.run("job"))
  while (!(await sleep("1 second")))
}
