/**
 * Notices that this process did not run for a while: it was stopped by a signal, its machine was held up, or its event
 * loop was blocked. Meanwhile its lease may have ended, and nothing else here knows that.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** How often the watch looks within a limit. A pause may begin just before or just after a look. */
const looks = 4

/**
 * Watches for pauses, and never ends. Each pause as long as the limit is told, and none that is shorter than three
 * quarters of it: a pause that begins shortly after a look is seen without its first quarter.
 *
 * `onPause` gets how much too late the watch looked, in milliseconds. The watch goes on when the effect has ended, so it
 * should be short. The clock is monotonic: it stands still while the machine sleeps, which is not noticed here.
 *
 * @internal
 */
export const watchPauses = <R>(
  limit: number,
  onPause: (millis: number) => Effect.Effect<unknown, never, R>
): Effect.Effect<never, never, R> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const spacing = limit / looks
    while (true) {
      const due = now() + spacing
      yield* Effect.sleep(spacing)
      const late = now() - due
      if (late >= limit - spacing) yield* onPause(late)
    }
  })
