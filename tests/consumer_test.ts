import { assert } from "@std/assert";

const root = new URL("..", import.meta.url).pathname;

Deno.test("a consumer's types check without exactOptionalPropertyTypes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const names = ["espalier", "core", "testing"].map((name) => `@espalier/${name}`);
    const config = {
      links: [root],
      nodeModulesDir: "none",
      imports: Object.fromEntries(names.map((name) => [name, `jsr:${name}@^0.1.0`])),
      compilerOptions: { strict: true },
    };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    const code = names.map((name, i) => `export * as p${i} from ${JSON.stringify(name)};\n`).join(
      "",
    );
    await Deno.writeTextFile(`${folder}/main.ts`, code);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "main.ts"],
      cwd: folder,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
