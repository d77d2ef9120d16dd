/**
 * The words of Erlang/OTP's `supervisor`, from its documentation, for the tests that hold a governor against it. A child is
 * a service; `permanent` is `RestartPolicy.always`, `transient` is `onFailure`, and `temporary` is `never`.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Governor, RestartPolicy, StopService } from "../src/index.ts"
import { turns } from "./support.ts"

export type Strategy = NonNullable<Governor.Options["strategy"]>
export type Type = "permanent" | "transient" | "temporary"

export const ends = {
  normal: Exit.void,
  /** It says itself that it is done: `shutdown` and `{shutdown,Term}`. */
  shutdown: Exit.die(new StopService()),
  crash: Exit.fail("lost")
}

/** No delay, as in OTP. */
export const restartOf = (type: Type, limits?: RestartPolicy.Limits): RestartPolicy.RestartPolicy => {
  switch (type) {
    case "permanent":
      return RestartPolicy.always(0, limits)
    case "transient":
      return RestartPolicy.onFailure(0, limits)
    case "temporary":
      return RestartPolicy.never
  }
}

export const permanent = "A permanent child process is always restarted"
export const transient =
  "A transient child process is restarted only if it terminates abnormally, that is, with an exit " +
  "reason other than normal, shutdown, or {shutdown,Term}"
export const temporary =
  "A temporary child process is never restarted (not even when the supervisor restart strategy is " +
  "rest_for_one or one_for_all and a sibling death causes the temporary process to be terminated)"

/** In short: the run of each that is up, and what the others are. */
export const shown = Effect.fnUntraced(function*(governor: Governor.Governor) {
  const statuses = yield* Effect.andThen(turns, governor.status)
  return statuses.map(({ _tag, name, run }) => `${name} ${_tag === "Running" ? run : _tag}`).join(", ")
})

export const named = (lines: ReadonlyArray<string>, what: string) =>
  lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1, line.indexOf("#")))
