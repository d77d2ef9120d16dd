/**
 * A service that consists of a governor.
 */
import type { Service } from "../internal/bridge/ServiceApi.ts"

/** This is a class so that it can be told from services of users: its default readiness is `"manual"`. */
export class Nested {
  readonly create: () => Service

  constructor(create: () => Service) {
    this.create = create
  }
}
