/**
 * A module of the runtime, by its name. Bundlers for browsers, where nothing asks for one, do not see
 * it.
 *
 * @typeParam M The module, as in `typeof import("node:fs")`.
 */
export function nodeModule<M>(name: string): Promise<M> {
  const specifier = `node:${name}`;
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
}
