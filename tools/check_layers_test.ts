import { assertEquals } from "@std/assert";
import { circleFaults, faultsOf, sizesOf } from "./check_layers.ts";
import { ROOT, STOREYS } from "./layers.ts";

const faults = (path: string, text: string) => faultsOf({ path, text }).length;

Deno.test("STOREYS stand one above the other: no arrow leads up", () => {
  const below: string[] = [];
  for (const { folder, imports } of STOREYS) {
    assertEquals(imports.filter((name) => !below.includes(name) && name !== ROOT), [], folder);
    below.push(folder);
  }
  const above = STOREYS.filter(({ imports }) => imports.includes(ROOT));
  assertEquals(above.map(({ folder }) => folder), ["cli"]);
});

Deno.test("faultsOf() lets imports go down by package name", () => {
  const core = 'import * as z from "zod";\nimport { swap } from "@espalier/core";';
  for (const path of ["plugins/kd/mod.ts", "networks/mod.ts", "engines/wasm/mod.ts", "mod.ts"]) {
    assertEquals(faults(path, core), 0, path);
  }
  assertEquals(faults("mod.ts", 'export { kd } from "@espalier/plugin-kd";'), 0);
  assertEquals(faults("cli/a.ts", 'import { tas } from "@espalier/espalier";'), 0);
  assertEquals(faults("cli/a.ts", 'import { importModel } from "@espalier/import";'), 0);
  assertEquals(faults("tests/a_test.ts", 'import { kd } from "../plugins/kd/mod.ts";'), 0);
  assertEquals(faults("core/a.ts", 'export * from "./b.ts";'), 0);
  assertEquals(faults("plugins/kd/a.ts", 'export * from "./b.ts";'), 0);
  assertEquals(faults("supernet/a.ts", 'import { derive } from "@espalier/blueprint";'), 0);
  assertEquals(faults("plugins/kd/a.ts", 'import { rateAt } from "@espalier/training";'), 0);
});

Deno.test("faultsOf() finds imports that go up, aside, or by path", () => {
  for (
    const [path, specifier] of [
      ["core/a.ts", "@espalier/plugin-kd"],
      ["core/a.ts", "@espalier/blueprint"],
      ["core/cost/a.ts", "../../plugins/kd/mod.ts"],
      ["core/a.ts", "@espalier/espalier"],
      ["blueprint/a.ts", "@espalier/supernet"],
      ["supernet/a.ts", "../blueprint/mod.ts"],
      ["supernet/a.ts", "@espalier/training"],
      ["training/a.ts", "@espalier/pruning"],
      ["plugins/kd/a.ts", "@espalier/plugin-cwi"],
      ["plugins/kd/a.ts", "../cwi/mod.ts"],
      ["plugins/kd/a.ts", "../../core/mod.ts"],
      ["plugins/kd/a.ts", "@espalier/pruning"],
      ["engines/machine/a.ts", "../native/mod.ts"],
      ["networks/a.ts", "@espalier/datasets"],
      ["reports/a.ts", "@espalier/espalier"],
      ["reports/a.ts", "@espalier/cli"],
      ["cli/a.ts", "@espalier/testing"],
      ["cli/a.ts", "../mod.ts"],
      ["mod.ts", "./core/mod.ts"],
      ["mod.ts", "./tests/x.ts"],
    ] as const
  ) {
    const text = `import { x } from "${specifier}";`;
    assertEquals(faults(path, text), 1, `${path} ${specifier}`);
    assertEquals(faults(path, `import type { x } from "${specifier}";`), 1);
    assertEquals(faults(path, `const x = await import("${specifier}");`), 1);
    assertEquals(faults(path, `/** ${text} */\n// ${text}`), 0);
  }
});

Deno.test("faultsOf() lets tests alone look up, and at fixtures and helpers of others", () => {
  for (
    const [specifier, folder] of [
      ["../tests/fixtures/tas/costs.json", "networks"],
      ["../supernet/testing.ts", "training"],
      ["@espalier/testing", "supernet"],
    ]
  ) {
    const text = `import costs from "${specifier}";`;
    assertEquals(faults(`${folder}/a_test.ts`, text), 0);
    assertEquals(faults(`${folder}/testing.ts`, text), 0);
    assertEquals(faults(`${folder}/a.ts`, text), 1);
  }
  assertEquals(faults("training/a_test.ts", 'import { x } from "../supernet/compile.ts";'), 1);
});

Deno.test("faultsOf() lets a room inside a package be entered by its mod.ts only", () => {
  const into = (file: string) => `import { open } from "../machine/${file}";`;
  assertEquals(faults("engines/native/a.ts", into("mod.ts")), 0);
  for (const file of ["open.ts", "winograd/mod.ts"]) {
    const path = "engines/native/a.ts";
    const expected =
      `${path}: must enter engines/machine by its mod.ts, not by "../machine/${file}"`;
    assertEquals(faultsOf({ path, text: into(file) }), [expected]);
    assertEquals(faults("engines/native/a_test.ts", into(file)), 0);
    assertEquals(faults("engines/machine/a.ts", `import { open } from "./${file}";`), 0);
  }
});

Deno.test("faultsOf() keeps core free of algorithms, tensors, containers and what browsers lack", () => {
  assertEquals(faults("core/a.ts", "// as Gumbel did"), 1);
  assertEquals(faults("core/a.ts", "const flops = 1;"), 1);
  assertEquals(faults("core/a_test.ts", "const flops = 1;"), 0);
  assertEquals(faults("plugins/flops/mod.ts", "const flops = 1;"), 0);
  assertEquals(faults("core/a.ts", 'import * as tf from "@tensorflow/tfjs";'), 1);
  assertEquals(faults("core/a.ts", 'import type { Tensor } from "@tensorflow/tfjs";'), 0);
  assertEquals(faults("supernet/a.ts", 'import * as tf from "@tensorflow/tfjs";'), 0);
  assertEquals(faults("core/a.ts", 'import { container } from "tsyringe";'), 1);
  assertEquals(faults("plugins/kd/a.ts", 'import { container } from "tsyringe";'), 1);
  assertEquals(faults("core/plugin/container.ts", 'import { container } from "tsyringe";'), 0);
  assertEquals(faults("core/a.ts", 'import { join } from "node:path";'), 1);
  assertEquals(faults("pruning/a.ts", 'import { join } from "node:path";'), 1);
  assertEquals(faults("core/a.ts", 'const { join } = await import("node:path");'), 0);
  assertEquals(faults("core/a.ts", 'import { assert } from "@std/assert";'), 1);
  assertEquals(faults("core/a_test.ts", 'import { assert } from "@std/assert";'), 0);
});

Deno.test("circleFaults() finds files that import each other, by types too", () => {
  const a = { path: "core/a.ts", text: 'import { b } from "./sub/b.ts";' };
  const b = { path: "core/sub/b.ts", text: 'import type { A } from "../a.ts";' };
  assertEquals(circleFaults([a, b]), ["import each other: core/a.ts, core/sub/b.ts"]);
  assertEquals(circleFaults([a, { ...b, text: "" }]), []);
});

Deno.test("sizesOf() counts product lines, each for the smallest room", () => {
  const text = "one\ntwo\n";
  const paths = ["core/a.ts", "core/a_test.ts", "core/testing.ts", "core/store/b.ts"];
  const rooms = ["engines/machine/a.ts", "engines/a.ts", "engines/a_bench.ts", "plugins/kd/a.ts"];
  const sizes = sizesOf([...paths, ...rooms].map((path) => ({ path, text })));
  const used = Object.fromEntries(sizes.map(({ folder, used }) => [folder, used]));
  const { core, engines, plugins } = used;
  assertEquals([core, engines, used["engines/machine"], plugins], [4, 2, 2, 2]);
});
