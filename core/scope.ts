import type { ManyToken, Token } from "./token.ts";

/** Read side of a scope: what factories and phases receive. */
export interface Resolver {
  /** The one service behind `token`. */
  get<T>(token: Token<T>): T;
  /** Every service behind `token`, in the order of the plugins. */
  getAll<T>(token: ManyToken<T>): readonly T[];
  /** Whether any plugin provides `token`. */
  has(token: Token<unknown>): boolean;
}
