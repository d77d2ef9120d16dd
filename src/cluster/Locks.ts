/**
 * Asks whether this node has the locks of services. There is one connection for all locks, and Effect's cluster renews them on it
 * within a deadline. So one question is under way at a time, and the next one is for all that were asked meanwhile: else the
 * questions of many services that begin at once would hold up the renewal, and this node would lose all of its locks.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

interface Question<A, E> {
  readonly about: A
  readonly answer: Deferred.Deferred<boolean, E>
}

/**
 * Answers the questions until the scope closes. `ask` returns those that are so, and `keyOf` tells them apart.
 *
 * @internal
 */
export const together = <A, E>(
  ask: (all: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<A>, E>,
  keyOf: (about: A) => string
): Effect.Effect<(about: A) => Effect.Effect<boolean, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const asked = yield* Queue.unbounded<Question<A, E>>()
    const answerAll = Effect.gen(function*() {
      const questions = yield* Queue.takeAll(asked)
      const all = new Map(questions.map(({ about }) => [keyOf(about), about]))
      const exit = yield* Effect.exit(ask(Array.from(all.values())))
      const those = Exit.map(exit, (found) => new Set(found.map(keyOf)))
      for (const { about, answer } of questions) {
        Deferred.doneUnsafe(answer, Exit.map(those, (keys) => keys.has(keyOf(about))))
      }
    })
    yield* Effect.forkScoped(Effect.forever(answerAll))
    return (about) =>
      Effect.suspend(() => {
        const answer = Deferred.makeUnsafe<boolean, E>()
        Queue.offerUnsafe(asked, { about, answer })
        return Deferred.await(answer)
      })
  })
