// Says when it was there.
import { serve } from "effect-governor/worker"

serve(({ log }) => log("at work %d", process.hrtime.bigint()))
