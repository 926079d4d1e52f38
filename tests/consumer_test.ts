import { assert, assertStringIncludes } from "@std/assert";

const root = new URL("..", import.meta.url).pathname;

const PACKAGES = ["espalier", "core", "blueprint", "supernet", "training", "pruning", "testing"]
  .map((name) => `@espalier/${name}`);

/** A package beside a clone of this repository, as CONTRIBUTING.md says. */
async function withPackage(
  files: Readonly<Record<string, string>>,
  fn: (deno: (...args: string[]) => Promise<Deno.CommandOutput>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const imports = PACKAGES.map((name) => [name, `jsr:${name}@^0.1.0`]);
  const config = {
    name: "@acme/plugins",
    version: "0.1.0",
    license: "MIT",
    exports: Object.fromEntries(Object.keys(files).map((name) => [`./${name}`, `./${name}`])),
    links: [root],
    nodeModulesDir: "none",
    imports: {
      ...Object.fromEntries(imports),
      "@tensorflow/tfjs": "npm:@tensorflow/tfjs@4.22.0",
      zod: "npm:zod@^4.4.0",
    },
    compilerOptions: { strict: true },
  };
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await fn((...args) => new Deno.Command(Deno.execPath(), { args, cwd: folder }).output());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const said = ({ stderr }: Deno.CommandOutput) => new TextDecoder().decode(stderr);

Deno.test("a consumer's types check without exactOptionalPropertyTypes", async () => {
  const code = PACKAGES.map((name, i) => `export * as p${i} from ${JSON.stringify(name)};\n`);
  await withPackage({ "main.ts": code.join("") }, async (deno) => {
    const output = await deno("check", "main.ts");
    assert(output.success, said(output));
  });
});

/** The blocks of code of a document that define a plugin. */
async function pluginsOf(document: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(`${root}${document}`);
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!);
  const found = blocks.filter((code) => code.includes("definePlugin("));
  assert(found.length > 0, `${document} shows no plugin`);
  return found;
}

Deno.test("strangers' plugins and those of README and CONTRIBUTING can be published", async () => {
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(`${root}tests/strangers`)) {
    files[name] = await Deno.readTextFile(`${root}tests/strangers/${name}`);
  }
  for (const document of ["README.md", "CONTRIBUTING.md"]) {
    (await pluginsOf(document)).forEach((code, i) => files[`${document}_${i}.ts`] = code);
  }
  await withPackage(files, async (deno) => {
    const output = await deno("publish", "--dry-run", "--allow-dirty");
    assert(output.success, said(output));
  });
});

Deno.test("an exported plugin without a written-out type cannot be published", async () => {
  const code = `import { definePlugin, noOptions } from "@espalier/core";
    export const a = definePlugin({ name: "a", version: "1", provides: [], options: noOptions, setup() {} });`;
  await withPackage({ "mod.ts": code }, async (deno) => {
    const output = await deno("publish", "--dry-run", "--allow-dirty");
    assert(!output.success);
    assertStringIncludes(said(output), "missing-explicit-type");
  });
});
