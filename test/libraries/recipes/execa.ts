import type { ServiceAPI } from "effect-governor/promise"
import { execa } from "execa"

export const child = async ({ ready, signal }: ServiceAPI) => {
  // The child gets SIGTERM, and SIGKILL 5 seconds later.
  const running = execa("node", [new URL("./child.ts", import.meta.url).pathname], {
    cancelSignal: signal,
    stdio: "inherit"
  })
  ready()
  await running // rejects because of the signal: it ends as asked
}
