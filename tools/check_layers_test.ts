import { assertEquals } from "@std/assert";
import { faultsOf } from "./check_layers.ts";

const faults = (path: string, text: string) => faultsOf({ path, text }).length;

Deno.test("faultsOf() lets imports go down by package name", () => {
  const core = 'import { z } from "zod";\nimport { swap } from "@espalier/core";';
  for (const path of ["plugins/kd/mod.ts", "networks/mod.ts", "engines/wasm/mod.ts", "mod.ts"]) {
    assertEquals(faults(path, core), 0, path);
  }
  assertEquals(faults("mod.ts", 'export { kd } from "@espalier/plugin-kd";'), 0);
  assertEquals(faults("tests/a_test.ts", 'import { kd } from "../plugins/kd/mod.ts";'), 0);
  assertEquals(faults("core/a.ts", 'export * from "./b.ts";'), 0);
  assertEquals(faults("plugins/kd/a.ts", 'export * from "./b.ts";'), 0);
});

Deno.test("faultsOf() finds imports that go up, aside, or by path", () => {
  for (
    const [path, specifier] of [
      ["core/a.ts", "@espalier/plugin-kd"],
      ["core/budget/a.ts", "../../plugins/kd/mod.ts"],
      ["core/a.ts", "@espalier/espalier"],
      ["plugins/kd/a.ts", "@espalier/plugin-cwi"],
      ["plugins/kd/a.ts", "../cwi/mod.ts"],
      ["plugins/kd/a.ts", "../../core/mod.ts"],
      ["networks/a.ts", "@espalier/datasets"],
      ["reports/a.ts", "@espalier/espalier"],
      ["mod.ts", "./core/mod.ts"],
      ["mod.ts", "./tests/x.ts"],
    ] as const
  ) {
    const text = `import { x } from "${specifier}";`;
    assertEquals(faults(path, text), 1, `${path} ${specifier}`);
    assertEquals(faults(path, `const x = await import("${specifier}");`), 1);
    assertEquals(faults(path, `/** ${text} */\n// ${text}`), 0);
  }
});

Deno.test("faultsOf() lets tests alone read the fixtures", () => {
  const text = 'import costs from "../../tests/fixtures/tas/costs.json" with { type: "json" };';
  assertEquals(faults("networks/resnet/resnet_test.ts", text), 0);
  assertEquals(faults("networks/resnet/resnet.ts", text), 1);
});

Deno.test("faultsOf() keeps core free of algorithms, containers and what a browser lacks", () => {
  assertEquals(faults("core/a.ts", "// as Gumbel did"), 1);
  assertEquals(faults("core/a.ts", "const flops = 1;"), 1);
  assertEquals(faults("core/a_test.ts", "const flops = 1;"), 0);
  assertEquals(faults("plugins/flops/mod.ts", "const flops = 1;"), 0);
  assertEquals(faults("core/a.ts", 'import { container } from "tsyringe";'), 1);
  assertEquals(faults("core/_container.ts", 'import { container } from "tsyringe";'), 0);
  assertEquals(faults("core/a.ts", 'import { join } from "node:path";'), 1);
  assertEquals(faults("core/a.ts", 'const { join } = await import("node:path");'), 0);
  assertEquals(faults("core/a.ts", 'import { assert } from "@std/assert";'), 1);
  assertEquals(faults("core/a_test.ts", 'import { assert } from "@std/assert";'), 0);
});
