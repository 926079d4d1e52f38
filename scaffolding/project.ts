/**
 * What surrounds the sources of a new plugin: configuration, licence, README, checks.
 *
 * @module
 */
import type { Names } from "./names.ts";
import type { Piece } from "./piece.ts";
import { needsBlueprint } from "./sources.ts";

/** Where a plugin finds Espalier. */
export type CoreSource =
  /** In a clone of the repository; the path leads there from the plugin's folder. */
  | { readonly kind: "linked"; readonly path: string }
  /** In tarballs, by package; paths lead there from the plugin's folder. */
  | { readonly kind: "packed"; readonly tarballs: Readonly<Record<string, string>> }
  /** In a registry. */
  | { readonly kind: "published" };

/** What the files follow from. */
export interface ProjectInput {
  /** The plugin's name. */
  readonly names: Names;
  /** What it is. */
  readonly piece: Piece;
  /** Where Espalier is. */
  readonly core: CoreSource;
  /** Release of Espalier, as in `0.1.0`. */
  readonly version: string;
}

const TENSORFLOW = { name: "@tensorflow/tfjs", version: "4.22.0" };
const ZOD = "^4.4.0";

/** Packages of Espalier that the plugin itself imports. */
const ownPackages = (piece: Piece): string[] => [
  "@espalier/core",
  ...needsBlueprint(piece) ? ["@espalier/blueprint"] : [],
];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function denoFile({ names, piece, core, version }: ProjectInput): string {
  const packages = [...ownPackages(piece), "@espalier/espalier", "@espalier/testing"];
  const imports = Object.fromEntries([
    ...packages.map((name) => [name, `jsr:${name}@^${version}`]),
    [TENSORFLOW.name, `npm:${TENSORFLOW.name}@${TENSORFLOW.version}`],
    ["zod", `npm:zod@${ZOD}`],
  ]);
  return json({
    ...{ name: names.package, version: "0.1.0", license: "MIT", exports: "./mod.ts" },
    // A clone is linked by what JSR calls its packages; npm installs the others.
    ...core.kind === "linked"
      ? { links: [core.path], nodeModulesDir: "none", imports }
      : { nodeModulesDir: "manual" },
    compilerOptions: { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    fmt: { lineWidth: 100 },
    tasks: {
      check: "deno check mod.ts mod_test.ts example.ts",
      test: "deno test --allow-all",
      example: "deno run --allow-all example.ts",
    },
    publish: { exclude: ["*_test.ts", "example.ts", "dist", "package.json", "tsconfig*.json"] },
  });
}

function packageFile({ names, piece, core, version }: ProjectInput): string {
  const range = `^${version}`;
  const installed = {
    packed: () => core.kind === "packed" ? core.tarballs : {},
    published: () =>
      Object.fromEntries(
        [...ownPackages(piece), "@espalier/espalier", "@espalier/testing"]
          .map((name) => [name, range]),
      ),
    // `deno task` would look for them in npm's registry.
    linked: () => ({}),
  }[core.kind]();
  const tensors = piece.tensors ? { [TENSORFLOW.name]: TENSORFLOW.version } : {};
  return json({
    ...{ name: names.package, version: "0.1.0", description: `${piece.summary}.` },
    keywords: ["espalier", "espalier-plugin"],
    ...{ license: "MIT", type: "module" },
    exports: {
      ".": { types: "./dist/mod.d.ts", default: "./dist/mod.js" },
      "./package.json": "./package.json",
    },
    files: ["dist"],
    scripts: {
      check: "tsc",
      test: "node --test",
      build: "tsc -p tsconfig.build.json",
      prepack: "npm run build",
    },
    peerDependencies: {
      ...Object.fromEntries(ownPackages(piece).map((name) => [name, range])),
      ...tensors,
    },
    dependencies: { zod: ZOD },
    devDependencies: {
      ...installed,
      [TENSORFLOW.name]: TENSORFLOW.version,
      "@types/node": "^24.0.0",
      typescript: "~5.9.0",
    },
  });
}

const TSCONFIG = {
  compilerOptions: {
    ...{ target: "es2022", module: "nodenext", lib: ["es2022", "dom", "esnext.disposable"] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true },
    ...{ skipLibCheck: true, noEmit: true, types: ["node"] },
  },
};

const BUILD = {
  extends: "./tsconfig.json",
  compilerOptions: { noEmit: false, outDir: "dist", declaration: true, sourceMap: true },
  files: ["mod.ts"],
};

const CI = `name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        node: [22, 24]
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: \${{ matrix.node }}
      - run: npm install
      - run: npm run check
      - run: npm test
      - run: npm pack
`;

const LICENSE = `MIT License

Copyright (c) the authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;

const PACK = "npm pack          # a tarball for npm, by the packages that npm installed";

/** How it is tested and packed where it finds Espalier. */
const COMMANDS: Readonly<Record<CoreSource["kind"], string>> = {
  linked: "deno task test\ndeno task example",
  packed: `npm install\ndeno task test    # or, in Node: npm test\ndeno task example\n${PACK}`,
  published:
    `npm install\nnpm test          # or, in Deno: deno task test\ndeno task example\n${PACK}`,
};

function readmeFile({ names, piece, core }: ProjectInput): string {
  const { option, uses, plugins } = piece;
  return `# ${names.package}

${piece.summary}. A plugin of Espalier.

| option | default | what |
| --- | --- | --- |
| \`${option.name}\` | \`${option.fallback}\` | ${option.doc} |

\`\`\`ts
import { ${[...uses, "tas"].join(", ")} } from "@espalier/espalier";
import { myPlugin } from "${names.package}";

const plugins = ${plugins.replace("PARTS", "tas()")};
\`\`\`

## Work on it

\`\`\`sh
${COMMANDS[core.kind]}
\`\`\`

The formula is in \`my_plugin.ts\`, its tests beside it; \`mod_test.ts\` holds the plugin against
the kit of its contract. Raise \`version\` in \`mod.ts\` when it computes something else: what runs
have stored goes by it.
`;
}

/** Files of the project by path, with `my-plugin` in the place of the plugin's name. */
export function projectOf(input: ProjectInput): Readonly<Record<string, string>> {
  return {
    "deno.json": denoFile(input),
    "package.json": packageFile(input),
    "tsconfig.json": json(TSCONFIG),
    "tsconfig.build.json": json(BUILD),
    "README.md": readmeFile(input),
    "LICENSE": LICENSE,
    ".gitignore": "node_modules/\ndist/\nruns/\n*.tgz\n",
    ".github/workflows/test.yml": CI,
  };
}
