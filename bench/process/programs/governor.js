// Keeps processes up with this package: `node governor.js PROGRAM COUNT "at once"`, or "held": starts them at a line of its input.
import { command } from "effect-governor/process"
import { Governor } from "effect-governor/promise"

const [program, count, when] = process.argv.slice(2)
const governor = new Governor({ log: () => {}, restart: 0 }).catchSignals()
for (let i = 0; i < Number(count); i++) governor.add(`child${i}`, command(program))

const start = () => {
  console.log(Number(process.hrtime.bigint()) / 1e6)
  governor.start()
}

if (when === "at once") start()
else {
  console.log("held")
  process.stdin.once("data", start)
}
