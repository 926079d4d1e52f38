import * as z from "zod";
import { checkPlugins, installAll } from "./install.ts";
import { checkOptions } from "./options.ts";
import { type AnyPlugin, pluginsSchema } from "./plugins.ts";
import { Scope } from "./scope.ts";

const servicesSchema = z.strictObject({ plugins: pluginsSchema });

/**
 * The services of some plugins without a run, for tools and tests. Plugins' events are dropped.
 *
 * @param plugins The plugins, checked as a pruner does.
 * @returns A scope; dispose it.
 */
export function openServices(plugins: readonly AnyPlugin[]): Scope {
  checkOptions(servicesSchema, { plugins }, { subject: "openServices()" });
  checkPlugins(plugins);
  const scope = Scope.root();
  installAll(plugins, scope, () => {});
  return scope;
}
