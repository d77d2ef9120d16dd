import { registerHooks } from "node:module"

const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })

const { serve } = await import("effect-governor/worker")

serve(({ log }, text) => log(loaded.some((url) => /\/(effect|internal)\//.test(url)) ? loaded.join("\n") : text))
