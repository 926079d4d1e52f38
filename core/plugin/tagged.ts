import { EspalierError, reasonsOf } from "../errors.ts";

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

/** The plugin of a service, and where the calls of it that are under way are listed, oldest first. */
export interface Owner {
  /** Its name. */
  readonly plugin: string;
  /** The calls, each with the plugin's name. */
  readonly calls?: Set<{ readonly plugin: string }>;
}

/** Call `fn`, and put the plugin's name on what it throws or rejects with. */
function guard(fn: () => unknown, { plugin, calls }: Owner, where: string): unknown {
  try {
    const value = fn();
    if (!(value instanceof Promise)) return value;
    const call = { plugin };
    calls?.add(call);
    return value.then(
      (result) => {
        calls?.delete(call);
        return result;
      },
      (error: unknown) => {
        calls?.delete(call);
        throw tagError(error, plugin, where);
      },
    );
  } catch (error) {
    throw tagError(error, plugin, where);
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

function taggedObject(service: object, owner: Owner, name: string): object {
  const wrapped = new WeakMap<object, unknown>();
  // Not the service itself: a proxy must return the properties of a frozen target unchanged.
  const shell = Object.create(Object.getPrototypeOf(service));
  return new Proxy(shell, {
    get(_, key) {
      // Getters and methods run on the service, where its private fields are.
      const value = Reflect.get(service, key);
      if (typeof value !== "function" || key === "constructor") return value;
      if (!wrapped.has(value)) {
        const where = `${name}.${String(key)}()`;
        const method = (...args: unknown[]) =>
          guard(() => Reflect.apply(value, service, args), owner, where);
        wrapped.set(value, method);
      }
      return wrapped.get(value);
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

/**
 * The same service, with methods whose errors name the plugin. Plain data and arrays are returned as
 * they are.
 */
export function tagged<T>(service: T, owner: Owner, name: string): T {
  if (typeof service === "function") {
    return new Proxy(service, {
      apply: (target, self, args) =>
        guard(() => Reflect.apply(target, self, args), owner, `${name}()`),
    });
  }
  if (typeof service !== "object" || service === null || Array.isArray(service)) return service;
  return hasMethods(service) ? taggedObject(service, owner, name) as T : service;
}
