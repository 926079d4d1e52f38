import { checkPlugins, installAll } from "./install.ts";
import type { AnyPlugin } from "./plugins.ts";
import { Scope } from "./scope.ts";

/**
 * The services of some plugins without a run, for tools and tests. Plugins' events are dropped.
 *
 * @param plugins The plugins, checked as a pruner does.
 * @returns A scope; dispose it.
 */
export function openServices(plugins: readonly AnyPlugin[]): Scope {
  checkPlugins(plugins);
  const scope = Scope.root();
  installAll(plugins, scope, () => {});
  return scope;
}
