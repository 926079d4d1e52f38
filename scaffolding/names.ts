import { EspalierError } from "@espalier/core";

/** A plugin's name in every form that its files need. */
export interface Names {
  /** Of the package, as in `@acme/warm-up`. */
  readonly package: string;
  /** Of the plugin, as in `acme-warm-up`. */
  readonly plugin: string;
  /** Of its factory, as in `warmUp`. */
  readonly factory: string;
  /** Of its types, as in `WarmUp`. */
  readonly type: string;
  /** Of its file, as in `warm_up`. */
  readonly file: string;
}

const NAME = /^(?:@([a-z][a-z0-9-]*)\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/** What is no name of a variable, or names something in the files. */
const TAKEN = new Set(
  ("assert await break case catch checks class const continue debugger default delete do else enum " +
    "example export extends false finally for function if import in instanceof interface let mod " +
    "mod-test new null options package private protected public return static super switch tas test tf " +
    "this throw true try typeof var void while with yield").split(" "),
);

function refuse(name: string, found: string): EspalierError {
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot name a plugin "${name}" as its name must be free and of small letters, digits and ` +
      `hyphens, as in warm-up or @acme/warm-up: ${found}. Choose another.`,
  );
}

/**
 * The forms of a name.
 *
 * @param name Of the package, with or without a scope.
 * @param functions Functions of the plugin's formula, which it cannot be named after.
 * @returns The forms.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a name that cannot be one.
 */
export function namesOf(name: string, functions: readonly string[]): Names {
  const [, scope, own] = NAME.exec(name) ?? [];
  if (own === undefined) throw refuse(name, "it is not");
  const factory = own.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  if (TAKEN.has(own) || functions.includes(factory)) throw refuse(name, `"${own}" is taken`);
  return {
    package: name,
    plugin: scope === undefined ? own : `${scope}-${own}`,
    factory,
    type: factory[0]!.toUpperCase() + factory.slice(1),
    file: own.replaceAll("-", "_"),
  };
}

/** Source with the forms of a name in the places of those of `my-plugin`. */
export function named(source: string, names: Names): string {
  return source
    .replaceAll("my-plugin", names.plugin)
    .replaceAll("my_plugin", names.file)
    .replaceAll("myPlugin", names.factory)
    .replaceAll("MyPlugin", names.type);
}
