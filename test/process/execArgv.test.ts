import { expect, it } from "vitest"
import { inherited } from "../../src/process/execArgv.ts"
import { start } from "../child.ts"

it.each<[given: ReadonlyArray<string>, taken: ReadonlyArray<string>]>([
  [[], []],
  [["--import", "tsx", "--max-old-space-size=512"], ["--import", "tsx", "--max-old-space-size=512"]],
  [["-e", "main()"], []],
  [["--input-type=module", "--eval", "main()", "--conditions", "x"], ["--conditions", "x"]],
  [["--input-type", "module", "--eval=main()"], []],
  [["-r", "fs", "-pe", "1"], ["-r", "fs"]],
  [["--inspect", "--enable-source-maps"], ["--enable-source-maps"]],
  [["--inspect-brk=9230", "--inspect-port", "0", "-C", "development"], ["-C", "development"]]
])("of %j, another one takes %j", (given, taken) => {
  expect(inherited(given)).toEqual(taken)
})

it.each(["forked", "worker"])(
  "a program that is an argument of Node begins its file, and not itself: %s",
  async (how) => {
    const work = new URL("../fixtures/threads/work.ts", import.meta.url)
    const code = `
    import { ${how} } from ${JSON.stringify(new URL("../../src/process/index.ts", import.meta.url).href)}
    import { Governor } from ${JSON.stringify(new URL("../../src/promise/index.ts", import.meta.url).href)}
    if (process.env["DEPTH"]) throw new Error("it has begun itself")
    process.env["DEPTH"] = "1"
    const governor = new Governor({ log: () => {} })
    governor.add("a", ${how}(new URL(${JSON.stringify(work.href)}), { data: { how: "told" } })).start()
    const { ok } = await governor.waitForShutdown()
    console.log("ok", ok)`
    const child = start("--input-type=module", ["--eval", code])
    await child.printed("ok true")
  }
)
