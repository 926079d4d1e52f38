import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/espalier";
import { HELP, parseDemo } from "./demo_options.ts";

Deno.test("parseDemo() has defaults for a first try", () => {
  assertEquals(parseDemo([]), {
    depth: 8,
    recipe: "quick",
    full: false,
    engine: "auto",
    seed: 1,
    out: "runs/demo-resnet8",
  });
});

Deno.test("parseDemo() takes the default recipe for all images, and a folder by depth", () => {
  const args = ["--full", "--depth", "20", "--seed=7", "--engine", "wasm"];
  assertEquals(parseDemo(args), {
    depth: 20,
    recipe: "default",
    full: true,
    engine: "wasm",
    seed: 7,
    out: "runs/demo-resnet20",
  });
});

Deno.test("parseDemo() says when help is asked for", () => {
  assertEquals([parseDemo(["--help"]), parseDemo(["-h"])], ["help", "help"]);
});

for (
  const [args, found] of [
    [["--dept", "20"], "'--dept'"],
    [["twenty"], "'twenty'"],
    [["--depth", "x"], "--depth must be a whole number: x"],
    [["--recipe", "slow"], "quick, default, paper, official: slow"],
    [["--engine", "gpu"], "auto, native, wasm, webgpu, cpu: gpu"],
    [["--seed"], "seed"],
  ] as const
) {
  Deno.test(`parseDemo() refuses "${args.join(" ")}" with the list of flags`, () => {
    const { code, message } = assertThrows(() => parseDemo(args), EspalierError);
    assertEquals(code, "ERR_CONFIG_INVALID");
    assertStringIncludes(message, found);
    assertStringIncludes(message, HELP);
  });
}
