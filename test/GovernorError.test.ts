import * as Exit from "effect/Exit"
import { expect, it } from "vitest"
import {
  DependencyFailed,
  DuplicateService,
  GovernorClosed,
  GovernorFailed,
  InvalidOption,
  ProbeFailed,
  RestartLimitExceeded,
  RunAbandoned,
  RunKilled,
  RunTimedOut,
  ServiceInUse,
  UnknownService
} from "../src/GovernorError.ts"
import { endsOf, make } from "../src/ShutdownReport.ts"

const service = "api"
const exits = [Exit.void, Exit.void]
const report = make({ _tag: "Requested" }, 0, endsOf([], new Map()))

it.each<[Error, string]>([
  [new InvalidOption({ field: "log", expected: "a function", actual: "5" }), "log: expected a function, got 5"],
  [
    new InvalidOption({ service, field: "restart", expected: "a delay", actual: "NaN" }),
    "restart of service \"api\": expected a delay, got NaN"
  ],
  [new DuplicateService({ service }), "name: expected a name that no other service of this governor has, got \"api\""],
  [
    new UnknownService({ service, known: [] }),
    "service: expected the name of a service of this governor (known: none), got \"api\""
  ],
  [
    new UnknownService({ service, known: ["a", "b"] }),
    "service: expected the name of a service of this governor (known: \"a\", \"b\"), got \"api\""
  ],
  [new GovernorClosed({ service }), "service \"api\" was not added or started: the governor is shutting down"],
  [
    new RunAbandoned({ service, run: 3, afterMillis: 50 }),
    "run 3 of service \"api\" did not end within 50 ms, and was abandoned"
  ],
  [
    new RunKilled({ service, run: 3, afterMillis: 50 }),
    "run 3 of service \"api\" did not end within 50 ms, and was killed"
  ],
  [
    new RunTimedOut({ service, run: 3, timeout: "startTimeout", afterMillis: 50 }),
    "run 3 of service \"api\" was not ready within 50 ms"
  ],
  [
    new RunTimedOut({ service, run: 3, timeout: "heartbeatTimeout", afterMillis: 50 }),
    "run 3 of service \"api\" gave no heartbeat within 50 ms"
  ],
  [
    new RunTimedOut({ service, run: 3, timeout: "startTimeout", afterMillis: 50, cause: false }),
    "run 3 of service \"api\" was not ready within 50 ms: its readiness probe failed: the check returned false"
  ],
  [
    new ProbeFailed({ service, run: 3, probe: "liveness", failures: 1, cause: new RangeError("no\nbread") }),
    "the liveness probe of run 3 of service \"api\" failed: RangeError: no"
  ],
  [
    new ProbeFailed({ service, run: 3, probe: "readiness", failures: 2, cause: undefined }),
    "the readiness probe of run 3 of service \"api\" failed 2 times in a row: undefined"
  ],
  [
    new DependencyFailed({ service, dependency: "db", cause: "boom" }),
    "service \"api\" was not started: its dependency \"db\" failed"
  ],
  [new ServiceInUse({ service, dependents: ["a"] }), "service \"api\" was not removed: \"a\" depends on it"],
  [new ServiceInUse({ service, dependents: ["a", "b"] }), "service \"api\" was not removed: \"a\", \"b\" depend on it"],
  [
    new RestartLimitExceeded({ service, maxRestarts: 1, withinMillis: Infinity, exits }),
    "service \"api\" needed 2 restarts, but its maxRestarts is 1"
  ],
  [
    new RestartLimitExceeded({ service, maxRestarts: 0, withinMillis: 60_000, exits: [Exit.void] }),
    "service \"api\" needed 1 restart within 1 min, but its maxRestarts is 0"
  ],
  [
    new GovernorFailed({ governor: "shop", service, report }),
    "governor \"shop\" failed: its service \"api\" failed"
  ]
])("says what is wrong: $0.name", (error, message) => {
  expect(error.message).toBe(message)
})
