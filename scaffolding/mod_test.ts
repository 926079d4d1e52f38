import { EspalierError } from "@espalier/core";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../core/testing.ts";
import { CONTRACTS, newPlugin } from "./mod.ts";
import { clonePath, writePlugin } from "./testing.ts";

const published = { kind: "published" } as const;

async function deno(cwd: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    ...{ args: [...args], cwd, env: { NO_COLOR: "1" } },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert(success, `${args.join(" ")} in ${cwd}:\n${text.slice(-4000)}`);
  return text;
}

Deno.test("a new plugin of every contract is typed and passes its tests, linked to this clone", () =>
  withFolder(async (outside) => {
    const folder = await Deno.realPath(outside);
    const core = { kind: "linked", path: clonePath(folder) } as const;
    // The configuration of a space has all imports; the others lie in its folder, so that the compiler
    // looks at the clone once.
    await writePlugin(folder, { name: "@acme/warm-up", contract: "space", core });
    for (const contract of CONTRACTS) {
      const inner = join(folder, contract);
      await writePlugin(inner, { name: `@acme/warm-${contract}`, contract, core });
      for (const file of ["deno.json", "package.json"]) await Deno.remove(join(inner, file));
    }
    const paths = CONTRACTS.flatMap((contract) =>
      ["mod", "mod_test", `warm_${contract}_test`, "example"].map((file) =>
        `${contract}/${file}.ts`
      )
    );
    await deno(folder, "check", "--no-lock", "--quiet", ...paths);
    const text = await deno(folder, "task", "test");
    for (const path of paths.filter((path) => path.endsWith("mod_test.ts"))) {
      const [, count] = new RegExp(`running (\\d+) tests from \\./${path}`).exec(text) ?? [];
      assert(Number(count) >= 10, `${path}: ${text}`);
    }
    assertMatch(text, /\| 0 failed/);
  }));

Deno.test("newPlugin() names everything after the plugin, and nothing after the pattern", () => {
  for (const contract of CONTRACTS) {
    const files = newPlugin("@acme/cool-net", { contract, core: published });
    assert(files.has("cool_net.ts") && files.has("cool_net_test.ts"), [...files.keys()].join());
    for (const [path, text] of files) {
      assert(!/my.?plugin/i.test(path + text), `${path} of ${contract}`);
    }
    assertMatch(files.get("mod.ts")!, /name: "acme-cool-net",\n/);
    assertMatch(files.get("mod.ts")!, /export const coolNet: PluginFactory<CoolNetOptionsInput/);
    const { name, keywords } = JSON.parse(files.get("package.json")!);
    assertEquals([name, keywords], ["@acme/cool-net", ["espalier", "espalier-plugin"]]);
  }
});

Deno.test("newPlugin() depends on Espalier by its version, or by paths to tarballs", () => {
  const manifest = (core: Parameters<typeof newPlugin>[1]["core"]) =>
    JSON.parse(newPlugin("x1", { contract: "sampler", core }).get("package.json")!);
  assertMatch(manifest(published).devDependencies["@espalier/core"], /^\^\d+\.\d+\.\d+$/);
  const tarballs = { "@espalier/core": "file:../packs/core.tgz" };
  const packed = manifest({ kind: "packed", tarballs });
  assertEquals(packed.devDependencies["@espalier/core"], "file:../packs/core.tgz");
  assertEquals(
    packed.peerDependencies["@espalier/core"],
    manifest(published).peerDependencies["@espalier/core"],
  );
});

for (const name of ["", "Warm", "1st", "a_b", "@acme/", "../x", "class", "options", "softened"]) {
  Deno.test(`newPlugin() refuses the name "${name}"`, () => {
    const error = assertThrows(
      () => newPlugin(name, { contract: "sampler", core: published }),
      EspalierError,
      `Cannot name a plugin "${name}"`,
    );
    assertEquals((error as EspalierError).code, "ERR_CONFIG_INVALID");
  });
}
