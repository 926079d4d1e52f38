import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "../core/testing.ts";
import { espalier } from "./testing.ts";

const CLONE = fileURLToPath(new URL("..", import.meta.url));

const read = async (...path: string[]) => JSON.parse(await Deno.readTextFile(join(...path)));

Deno.test("espalier new plugin writes a folder that is linked to the clone that it runs from", () =>
  withFolder(async (outside) => {
    const folder = join(outside, "warm-up");
    const args = ["new", "plugin", "warm-up", "--contract", "cost", "--out", folder];
    const { code, out, err } = await espalier(...args);
    assertEquals([code, err], [0, ""]);
    assertEquals(out.trim().split("\n").length, 14);
    const { links } = await read(folder, "deno.json");
    assertEquals(join(folder, links[0]), CLONE.replace(/\/$/, ""));
    const again = await espalier(...args);
    assertEquals(again.code, 2);
    assertMatch(again.err, /is not empty; choose another by --out/);
  }));

Deno.test("espalier new plugin takes a folder of tarballs, or the registry", () =>
  withFolder(async (outside) => {
    await Deno.mkdir(join(outside, "packs"));
    await Deno.writeTextFile(join(outside, "packs", "espalier-plugin-kd-0.1.0.tgz"), "");
    const made = (core: string, out: string) =>
      espalier(
        "new",
        "plugin",
        "x1",
        "--contract",
        "space",
        "--core",
        core,
        "--out",
        join(outside, out),
      );
    assertEquals((await made(join(outside, "packs"), "packed")).code, 0);
    const packed = await read(outside, "packed", "package.json");
    assertEquals(
      packed.devDependencies["@espalier/plugin-kd"],
      "file:../packs/espalier-plugin-kd-0.1.0.tgz",
    );
    assertEquals((await made("published", "published")).code, 0);
    const published = await read(outside, "published", "package.json");
    assertMatch(published.devDependencies["@espalier/testing"], /^\^\d/);
    const neither = await made(outside, "neither");
    assertEquals(neither.code, 2);
    assertMatch(neither.err, /has neither a clone of Espalier nor its tarballs/);
  }));

Deno.test("espalier new plugin refuses a folder in the clone, whose workspace would refuse it", async () => {
  const inside = join(CLONE, "plugins", "x1");
  const { code, err } = await espalier(
    "new",
    "plugin",
    "x1",
    "--contract",
    "cost",
    "--out",
    inside,
  );
  assertEquals(code, 2);
  assertMatch(err, /lies in a clone of Espalier; choose a folder outside by --out/);
});

Deno.test("espalier plugins lists ours with contracts, options and versions", async () => {
  const { code, out, err } = await espalier("plugins", "--json");
  assertEquals([code, err], [0, ""]);
  const plugins: Record<string, unknown>[] = JSON.parse(out);
  const kd = plugins.find(({ name }) => name === "kd")!;
  assertEquals([kd.package, kd.factory, kd.version, kd.contracts], [
    "@espalier/espalier",
    "kd",
    "1",
    ["Transfer"],
  ]);
  assertEquals((kd.options as unknown[])[0], {
    name: "weight",
    description: "Weight of the teacher's term, 0 to 1",
    default: 0.9,
  });
  const text = (await espalier("plugins")).out;
  assertMatch(
    text,
    /^kd\(\) {2}Transfer {2}\(version 1, @espalier\/espalier\)\n {2}weight=0\.9, /m,
  );
});

Deno.test("espalier plugins finds packages by their keyword, and notes what it cannot import", () =>
  withFolder(async (project) => {
    const add = async (name: string, manifest: object, source: string) => {
      const folder = join(project, "node_modules", name);
      await Deno.mkdir(folder, { recursive: true });
      const whole = { name, version: "3.2.1", type: "module", exports: "./mod.js", ...manifest };
      await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify(whole));
      await Deno.writeTextFile(join(folder, "mod.js"), source);
    };
    const source = `
      const make = () => ({ version: "7", provides: [{ name: "@acme/Clock" }], phases: [{ phase: { name: "count" } }] });
      export const warm = Object.assign(make, {
        pluginName: "warm",
        jsonSchema: () => ({ properties: { rate: { default: 2 } } }),
      });
      export const other = () => 1;`;
    const keywords = ["espalier-plugin"];
    await add("@acme/warm", { keywords }, source);
    await add("broken", { keywords }, "throw new Error('no');");
    await add("silent", {}, source.replaceAll("warm", "silent"));
    const { code, out, err } = await espalier("plugins", project);
    assertEquals([code, err], [0, "note: broken cannot be imported: no\n"]);
    assertMatch(
      out,
      /^warm\(\) {2}@acme\/Clock, phase "count" {2}\(version 7, @acme\/warm 3\.2\.1\)\n {2}rate=2$/m,
    );
    assert(!out.includes("silent"));
  }));
