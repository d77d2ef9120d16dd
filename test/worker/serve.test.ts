import { describe, expect, it } from "vitest"
import { serve } from "../../src/worker/index.ts"

describe("serve refuses", () => {
  it.each([["a text", "work"], ["an object", { run: () => {} }], ["nothing", undefined], ["null", null]])(
    "%s",
    (_, service) => {
      expect(() => serve(service as never)).toThrow(/^serve: expected a function or an Effect, got /)
    }
  )
})
