/**
 * From types to schemas of what is sent: the type of a schema is that of the core, the encoded side is plain. Only those who
 * need `Schema` load this file.
 */
import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"

/** What was thrown, without the thrown value itself. */
export type Thrown = { readonly name: string; readonly message: string; readonly stack: string }

/** @internal */
export const Wired = Schema.Struct({ name: Schema.String, message: Schema.String, stack: Schema.String })

/** A value as the facade has it. */
type Plain<A> = A extends Cause.Cause<unknown> ? Thrown
  : A extends object ? { readonly [K in keyof A]: Plain<A[K]> }
  : A

export type Wire<A> = Schema.Codec<A, Plain<A>>

/** A schema for each field, optional where the field is. A field that is forgotten does not compile. */
type Fields<A> = {
  readonly [K in keyof A]-?: object extends Pick<A, K> ? Schema.optionalKey<Wire<Exclude<A[K], undefined>>> : Wire<A[K]>
}

type Tagged = { readonly _tag: string }

/** The fields for each tag. */
type Kinds<A extends Tagged> = {
  readonly [Tag in A["_tag"]]: Fields<Omit<Extract<A, { readonly _tag: Tag }>, "_tag">>
}

/** @internal */
export const struct = <A extends object>(identifier: string, fields: Fields<A>): Wire<A> =>
  Schema.Struct(fields).annotate({ identifier }) as unknown as Wire<A>

/** @internal */
export const union = <A extends Tagged>(identifier: string, kinds: Kinds<A>): Wire<A> =>
  Schema.Union(
    Object.entries<Schema.Struct.Fields>(kinds).map(([tag, fields]) => Schema.TaggedStruct(tag, fields))
  ).annotate({ identifier }) as unknown as Wire<A>
