import { EspalierError, reasonsOf } from "../errors.ts";
import type { Contract, Flaw } from "./token.ts";

/** Who provides a service, and as what. */
export interface Provided {
  /** Name of the plugin. */
  readonly plugin: string;
  /** Name of the token. */
  readonly token: string;
  /** What its members must give. */
  readonly contract?: Contract<unknown>;
  /** The calls that are under way, oldest first. */
  readonly calls?: Set<{ readonly plugin: string }>;
}

type Checks = Readonly<
  Record<PropertyKey, ((made: unknown, args: readonly unknown[]) => Flaw) | undefined>
>;

const providers = new WeakMap<object, Provided>();

/**
 * Put the plugin's name on what it threw first. An `EspalierError` keeps its code, and the plugin
 * that it names already: the innermost one is to blame.
 */
export function tagError(thrown: unknown, plugin: string, where: string): EspalierError {
  const [error] = reasonsOf(thrown);
  if (error instanceof EspalierError) {
    if (error.plugin !== undefined) return error;
    return new EspalierError(error.code, error.message, { plugin, cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EspalierError(
    "ERR_PLUGIN_FAILED",
    `Cannot go on as plugin "${plugin}" threw in ${where}: ${reason}. ` +
      `The cause is attached; report it to the plugin's author.`,
    { plugin, cause: error },
  );
}

function broken(where: string, flaw: string, plugin?: string): EspalierError {
  const of = plugin === undefined ? "" : ` of plugin "${plugin}"`;
  return new EspalierError(
    "ERR_PLUGIN_CONTRACT",
    `Cannot use what ${where}${of} gives as it ${flaw}. ` +
      `Correct the plugin's options, or report it to its author.`,
    plugin === undefined ? {} : { plugin },
  );
}

/** The plugin that provides a service; undefined if none does, and for services without methods. */
export function pluginOf(service: object): string | undefined {
  return providers.get(service)?.plugin;
}

/**
 * The error for a service whose method gives what its contract does not allow, where that is seen by
 * its caller only, as a term that is not finite.
 *
 * @param service The service, as a resolver gave it.
 * @param method Name of the method, as in `loss`.
 * @param flaw What is wrong, as in `must be finite: NaN`.
 * @returns The error; it names the plugin.
 */
export function contractError(service: object, method: string, flaw: string): EspalierError {
  const { plugin, token = "a service" } = providers.get(service) ?? {};
  return broken(`${token}.${method}()`, flaw, plugin);
}

/** Call `fn`; its errors, and results that break the contract, name the plugin. */
function guard(
  fn: () => unknown,
  { plugin, calls, where, flawOf }: Pick<Provided, "plugin" | "calls"> & {
    readonly where: string;
    readonly flawOf: (made: unknown) => Flaw;
  },
): unknown {
  const checked = (made: unknown) => {
    const flaw = flawOf(made);
    if (flaw === undefined) return made;
    throw broken(where, flaw, plugin);
  };
  const tag = (error: unknown) => {
    throw tagError(error, plugin, where);
  };
  try {
    const made = fn();
    if (!(made instanceof Promise)) return checked(made);
    const call = { plugin };
    calls?.add(call);
    return made.then(checked).catch(tag).finally(() => calls?.delete(call));
  } catch (error) {
    return tag(error);
  }
}

/** Whether an object has methods besides those of every object. */
function hasMethods(service: object): boolean {
  for (let at: object | null = service; at !== null; at = Object.getPrototypeOf(at)) {
    if (at === Object.prototype) return false;
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === "function" && key !== "constructor") return true;
    }
  }
  return false;
}

function taggedObject(service: object, { plugin, token, contract = {}, calls }: Provided): object {
  const wrapped = new Map<PropertyKey, { readonly value: unknown; readonly method: unknown }>();
  // Without a prototype: every object has a `toString` that checks nothing.
  const checks = Object.assign(Object.create(null), contract.returns) as Checks;
  // Not the service itself: a proxy must return the properties of a frozen target unchanged.
  const shell = Object.create(Object.getPrototypeOf(service));
  return new Proxy(shell, {
    get(_, key) {
      // Getters and methods run on the service, where its private fields are.
      const value = Reflect.get(service, key);
      if (typeof value !== "function" || key === "constructor") return value;
      if (wrapped.get(key)?.value !== value) {
        const where = `${token}.${String(key)}()`;
        const method = (...args: unknown[]) =>
          guard(() => Reflect.apply(value, service, args), {
            plugin,
            ...calls && { calls },
            where,
            flawOf: (made) => checks[key]?.(made, args),
          });
        wrapped.set(key, { value, method });
      }
      return wrapped.get(key)!.method;
    },
    set: (_, key, value) => Reflect.set(service, key, value),
    has: (_, key) => Reflect.has(service, key),
    ownKeys: () => Reflect.ownKeys(service),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(service, key);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}

/** Refuse a service whose members break the contract. */
function checkMembers(service: object, { plugin, token, contract = {} }: Provided): void {
  for (const [key, check] of Object.entries((contract.members ?? {}) as Checks)) {
    const flaw = check!(Reflect.get(service, key), []);
    if (flaw !== undefined) throw broken(`${token}.${key}`, flaw, plugin);
  }
}

/**
 * The same service, with methods whose errors, and results that break the contract, name the plugin.
 * Plain data and arrays are returned as they are.
 *
 * @throws {EspalierError} ERR_PLUGIN_CONTRACT if a member breaks it.
 */
export function tagged<T>(service: T, provided: Provided): T {
  if (typeof service === "function") {
    const flawOf = () => undefined;
    const where = `${provided.token}()`;
    return new Proxy(service, {
      apply: (target, self, args) =>
        guard(() => Reflect.apply(target, self, args), { ...provided, where, flawOf }),
    });
  }
  if (typeof service !== "object" || service === null || Array.isArray(service)) return service;
  checkMembers(service, provided);
  if (!hasMethods(service)) return service;
  const proxy = taggedObject(service, provided);
  providers.set(proxy, provided);
  return proxy as T;
}
