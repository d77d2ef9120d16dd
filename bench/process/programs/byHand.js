// Keeps processes up by hand: `node byHand.js PROGRAM COUNT "at once"`, or "held": starts them at a line of its input.
import { spawn } from "node:child_process"

const [program, count, when] = process.argv.slice(2)
const children = new Set()

const begin = () => {
  const child = spawn(program, { detached: true, stdio: ["ignore", "pipe", "pipe"] })
  children.add(child)
  child.stdout.resume()
  child.stderr.resume()
  child.once("exit", () => {
    children.delete(child)
    begin()
  })
}

const start = () => {
  console.log(Number(process.hrtime.bigint()) / 1e6)
  for (let i = 0; i < Number(count); i++) begin()
}

process.once("SIGTERM", () => {
  for (const { pid } of children) process.kill(pid, "SIGKILL")
  process.exit()
})

if (when === "at once") start()
else {
  console.log("held")
  process.stdin.once("data", start)
}
