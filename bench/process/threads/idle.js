// Has nothing to do.
import { serve } from "effect-governor/worker"

serve(({ sleep }) => sleep("Infinity"))
