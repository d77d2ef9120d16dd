// Says when it was there, and a moment later when it is blocked for ever.
import { serve } from "effect-governor/worker"

serve(async ({ log, sleep }) => {
  log("at work %d", process.hrtime.bigint())
  await sleep(200 + 200 * Math.random())
  log("blocked %d", process.hrtime.bigint())
  for (;;);
})
