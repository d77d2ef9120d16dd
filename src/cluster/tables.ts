/**
 * The names of what a cluster has in its database. All of it is in one schema, which the user names.
 */
import { InvalidOption } from "../GovernorError.ts"
import { show } from "../internal/input/GovernorOption.ts"

/**
 * The tables of a cluster, each with its schema.
 *
 * @internal
 */
export interface Tables {
  readonly schema: string
  /** Which node has each service, and since which epoch: the fence, the desire and the ledger. */
  readonly services: string
  /** Which process has each address. */
  readonly nodes: string
  /** What all nodes must agree on: one row. */
  readonly agreement: string
  readonly migrations: string
  /** The prefix of the tables of `SqlRunnerStorage`. */
  readonly runners: string
  /** The channel of `NOTIFY`. Channels belong to the database, so its name has that of the schema. */
  readonly channel: string
}

/** A name that needs no escape. With the name of the channel before it, it is short enough for PostgreSQL. */
const plain = /^[a-z_][a-z0-9_]{0,46}$/

/**
 * The tables in this schema. Throws `InvalidOption`.
 *
 * @internal
 */
export const tablesIn = (schema = "governor"): Tables => {
  if (typeof schema !== "string" || !plain.test(schema)) {
    const expected = "a name of at most 47 characters, which are lower-case letters, digits and _"
    throw new InvalidOption({ field: "schema", expected, actual: show(schema) })
  }
  return {
    schema,
    services: `${schema}.governor_services`,
    nodes: `${schema}.governor_nodes`,
    agreement: `${schema}.governor_agreement`,
    migrations: `${schema}.governor_migrations`,
    runners: `${schema}.cluster`,
    channel: `effect_governor:${schema}`
  }
}
