import * as z from "zod";
import { checkOptions, instance } from "./options.ts";

/** What is wrong with a value, in words that follow its name (`must be finite: NaN`); or undefined. */
export type Flaw = string | undefined;

/** What the services of a token must be like. */
export interface Contract<T> {
  /** Checks of members, once, when the service is built. */
  readonly members?: { readonly [K in keyof T]?: (value: T[K]) => Flaw };
  /** Checks of what methods return or resolve to, at every call, with the arguments. */
  readonly returns?: {
    readonly [K in keyof T]?: Extract<T[K], (...args: never) => unknown> extends
      (...args: infer A) => infer R ? (made: Awaited<R>, args: A) => Flaw : never;
  };
}

/**
 * A typed key for a service that exactly one plugin provides.
 *
 * @typeParam T The type of the service behind the token.
 */
export interface Token<T> {
  /** Package-qualified name, as in `@acme/clock`. */
  readonly name: string;
  /** Identity: equal names give equal keys, even from two copies of a package. */
  readonly key: symbol;
  /** Whether several plugins may provide it. */
  readonly many: boolean;
  /** What its services must give, checked at every call. */
  readonly contract: Contract<unknown>;
  /** Never set; carries the type. */
  readonly service?: T;
}

/**
 * A typed key for services of which there may be none, one or several.
 *
 * @typeParam T The type of each service behind the token.
 */
export interface ManyToken<T> extends Token<T> {
  /** Several plugins may provide it. */
  readonly many: true;
}

/** Schema of a token. */
export const tokenSchema: z.ZodType<Token<unknown>> = instance(
  "token",
  (value) => typeof Object(value).name === "string" && typeof Object(value).key === "symbol",
);

const nameSchema = z.strictObject({ name: z.string().min(1) });

/**
 * Create a token for a service with exactly one provider.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createToken } from "@espalier/core";
 *
 * const Clock = createToken<() => number>("@acme/clock");
 * assertEquals(Clock.key, createToken<() => number>("@acme/clock").key);
 * ```
 *
 * @typeParam T The type of the service.
 * @param name The package-qualified name, as in `@acme/clock`.
 * @param contract What its services must give. A breach is an error that names plugin and member.
 * @returns The token for `name`.
 * @throws {EspalierError} ERR_CONFIG_INVALID if it is no name.
 */
export function createToken<T>(name: string, contract: Contract<T> = {}): Token<T> {
  checkOptions(nameSchema, { name }, { subject: "createToken()" });
  return Object.freeze({ name, key: Symbol.for(name), many: false, contract });
}

/**
 * Create a token for a service with any number of providers.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { createManyToken } from "@espalier/core";
 *
 * assert(createManyToken<string>("@acme/greeting").many);
 * ```
 *
 * @typeParam T The type of each service.
 * @param name The package-qualified name.
 * @param contract What its services must give; see {@linkcode createToken}.
 * @returns The token for `name`.
 * @throws {EspalierError} ERR_CONFIG_INVALID if it is no name.
 */
export function createManyToken<T>(name: string, contract: Contract<T> = {}): ManyToken<T> {
  checkOptions(nameSchema, { name }, { subject: "createManyToken()" });
  return Object.freeze({ name, key: Symbol.for(name), many: true as const, contract });
}
