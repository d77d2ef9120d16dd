import { serve } from "effect-governor/worker"

serve(({ log }, text) => log(text))
