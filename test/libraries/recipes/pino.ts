import type { ServiceAPI } from "effect-governor/promise"
import { destination, pino } from "pino"

const logger = pino(destination({ sync: false })) // writes later; what is left is written when the process exits

export const talker = async ({ ready, sleep }: ServiceAPI) => {
  ready()
  for (let i = 1; i <= 1000; i++) logger.info("line %d", i)
  await sleep("Infinity")
  logger.info("done: the last line")
}
