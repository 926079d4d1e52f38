import { EspalierError } from "../errors.ts";
import {
  type DependencyContainer,
  globalContainer,
  instancePerContainerCachingFactory,
} from "./container.ts";
import { tagError, tagged } from "./tagged.ts";
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

/** Builds a service from other services, once a run. */
export type ServiceFactory<T> = (resolver: Resolver) => T;

/** Settings of {@linkcode Scope.provide}. */
export interface ProvideOptions {
  /** Name of the plugin that provides. */
  readonly plugin: string;
}

/** One registration; `key` is its key in the container. */
interface Provider {
  readonly key: symbol;
  readonly token: Token<unknown>;
  readonly plugin: string;
}

/**
 * The services of one run: built when first asked for, kept, and disposed with the scope in
 * reverse order. Errors that a factory or a service's method throws name its plugin.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createToken, Scope } from "@espalier/core";
 *
 * const Greeting = createToken<string>("@acme/greeting");
 * await using scope = Scope.root();
 * scope.provide(Greeting, () => "hello", { plugin: "greet" });
 * assertEquals(scope.get(Greeting), "hello");
 * ```
 */
export class Scope implements Resolver, AsyncDisposable {
  readonly #container: DependencyContainer = globalContainer.createChildContainer();
  readonly #providers = new Map<symbol, Provider[]>();
  readonly #building: Token<unknown>[] = [];
  /** What factories made, oldest first, with the plugin of each. */
  readonly #made = new Map<unknown, string>();
  /** What was handed out: a factory may return another one's service. */
  readonly #given = new Set<unknown>();
  readonly #calls = new Set<{ readonly plugin: string }>();
  #disposed = false;

  private constructor() {}

  /** Create an empty scope. Nothing is ever registered on tsyringe's global container. */
  static root(): Scope {
    return new Scope();
  }

  /**
   * Register a factory; it runs at most once, when its service is first asked for.
   *
   * @throws {EspalierError} ERR_SERVICE_DUPLICATE for a second provider of a single token.
   */
  provide<T>(token: Token<T>, factory: ServiceFactory<T>, { plugin }: ProvideOptions): void {
    this.#checkSingle(token, plugin);
    // tsyringe resolves a key to its last registration only.
    const key = token.many ? Symbol(token.name) : token.key;
    this.#providers.set(token.key, [...this.#all(token), { key, token, plugin }]);
    this.#container.register(key, {
      // The box lets a service be null, which the factory does not cache.
      useFactory: instancePerContainerCachingFactory(() => ({
        service: this.#build(token, factory, plugin),
      })),
    });
  }

  /**
   * The one service behind `token`.
   *
   * @throws {EspalierError} ERR_SERVICE_MISSING, ERR_SERVICE_CYCLE, or what the factory threw,
   * which names its plugin.
   */
  get<T>(token: Token<T>): T {
    const [provider] = this.#all(token);
    if (provider === undefined || token.many) {
      throw new EspalierError(
        "ERR_SERVICE_MISSING",
        token.many
          ? `Cannot get one service as several plugins may provide it: "${token.name}". Use getAll.`
          : `Cannot get a service as no plugin provides it: "${token.name}". Install one that does.`,
      );
    }
    return this.#resolve(provider);
  }

  /** Every service behind `token`, in the order of registration; none is no error. */
  getAll<T>(token: ManyToken<T>): readonly T[] {
    return this.#all(token).map((provider) => this.#resolve<T>(provider));
  }

  /** Whether any plugin provides `token`. */
  has(token: Token<unknown>): boolean {
    return this.#all(token).length > 0;
  }

  /** Names of the plugins behind `token`, in the order of {@linkcode Scope.getAll}. */
  pluginsOf(token: Token<unknown>): readonly string[] {
    return this.#all(token).map(({ plugin }) => plugin);
  }

  /** The plugin whose asynchronous method was called last and is under way, if there is one. */
  get busy(): string | undefined {
    return [...this.#calls].at(-1)?.plugin;
  }

  /** Dispose what factories made, the newest first, then the container. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const errors: unknown[] = [];
    for (const [service, plugin] of [...this.#made].reverse()) {
      await dispose(service).catch((error) => errors.push(tagError(error, plugin, "disposal")));
    }
    this.#made.clear();
    this.#given.clear();
    await this.#container.dispose();
    if (errors.length > 1) throw new AggregateError(errors, "Cannot dispose several services");
    if (errors.length === 1) throw errors[0];
  }

  #all(token: Token<unknown>): readonly Provider[] {
    return this.#providers.get(token.key) ?? [];
  }

  #checkSingle(token: Token<unknown>, plugin: string): void {
    const [first] = this.#all(token);
    if (first === undefined || (token.many && first.token.many)) return;
    throw new EspalierError(
      "ERR_SERVICE_DUPLICATE",
      `Cannot provide "${token.name}" twice as it takes one provider: ` +
        `plugins "${first.plugin}" and "${plugin}". Remove one, or put the second in its place ` +
        `with swap(plugins, …).`,
      { plugin },
    );
  }

  #resolve<T>(provider: Provider): T {
    if (this.#disposed) {
      throw new EspalierError(
        "ERR_SERVICE_MISSING",
        `Cannot get a service as its scope is disposed: "${provider.token.name}". ` +
          `Ask for it while the run goes on.`,
      );
    }
    return this.#container.resolve<{ service: T }>(provider.key).service;
  }

  #build<T>(token: Token<T>, factory: ServiceFactory<T>, plugin: string): T {
    this.#checkCycle(token, plugin);
    this.#building.push(token);
    try {
      const service = factory(this);
      if (service === undefined) throw nothing(token, plugin);
      if (this.#given.has(service)) return service;
      this.#made.set(service, plugin);
      const { name, contract } = token;
      const given = tagged(service, { plugin, token: name, contract, calls: this.#calls });
      this.#given.add(given);
      return given;
    } catch (error) {
      throw tagError(error, plugin, `its factory of "${token.name}"`);
    } finally {
      this.#building.pop();
    }
  }

  #checkCycle(token: Token<unknown>, plugin: string): void {
    const from = this.#building.findIndex(({ key }) => key === token.key);
    if (from < 0) return;
    const path = [...this.#building.slice(from), token].map(({ name }) => `"${name}"`);
    throw new EspalierError(
      "ERR_SERVICE_CYCLE",
      `Cannot build a service as it needs itself: ${path.join(" -> ")}. ` +
        `Let one of them resolve the other later, when it is used.`,
      { plugin },
    );
  }
}

function nothing({ name }: Token<unknown>, plugin: string): EspalierError {
  return new EspalierError(
    "ERR_PLUGIN_UNDECLARED",
    `Cannot provide "${name}" by plugin "${plugin}" as its factory must return a service: ` +
      `undefined. Return the service.`,
    { plugin },
  );
}

async function dispose(service: unknown): Promise<void> {
  if (service === null || (typeof service !== "object" && typeof service !== "function")) return;
  if (Symbol.asyncDispose in service) {
    await (service as AsyncDisposable)[Symbol.asyncDispose]();
  } else if (Symbol.dispose in service) {
    (service as Disposable)[Symbol.dispose]();
  }
}
