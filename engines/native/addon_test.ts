import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { addonIn, findAddon } from "./addon.ts";

/** A project with the package in its node_modules, and the given addons in it. */
async function withProject(
  builds: readonly string[],
  run: (root: string, folder: string) => void | Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folder = join(root, "node_modules/@tensorflow/tfjs-node-gpu");
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(root, "package.json"), "{}");
    await Deno.writeTextFile(join(folder, "package.json"), '{ "name": "tfjs-node-gpu" }');
    for (const build of builds) {
      const path = join(folder, "lib", build, "tfjs_binding.node");
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, "");
    }
    await run(root, folder);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("addonIn() takes the newest build that the runtime can load", () =>
  withProject(["napi-v3", "napi-v8", "napi-v99", "other"], (_root, folder) => {
    assertEquals(addonIn(folder), join(folder, "lib/napi-v8/tfjs_binding.node"));
  }));

Deno.test("addonIn() finds nothing in a package without its binary", () =>
  withProject([], (_root, folder) => assertEquals(addonIn(folder), undefined)));

Deno.test("findAddon() finds the package in the node_modules of a project", () =>
  withProject(["napi-v8"], async (root, folder) => {
    const module = new URL("./addon.ts", import.meta.url).href;
    await Deno.writeTextFile(
      join(root, "main.ts"),
      `import { findAddon } from "${module}"; console.log(findAddon());`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "-A", "--node-modules-dir=manual", "main.ts"],
      cwd: root,
    }).output();
    const found = new TextDecoder().decode(stdout).trim();
    assertEquals(found, join(folder, "lib/napi-v8/tfjs_binding.node"));
  }));

Deno.test("findAddon() finds nothing where the package has no binary, or is not there", () => {
  assertEquals(findAddon(["https://example.test/mod.ts", "/nowhere/package.json"]), undefined);
});
