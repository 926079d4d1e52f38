import { assertEquals, assertThrows } from "@std/assert";
import { manifestOf } from "./manifest.ts";

const input = {
  config: {
    name: "@espalier/plugin-x",
    version: "0.1.0",
    license: "MIT",
    exports: { ".": "./mod.ts", "./more": "./more/mod.ts" },
  },
  aliases: {
    "@tensorflow/tfjs": "npm:@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-node-gpu/": "npm:/@tensorflow/tfjs-node-gpu@4.22.0/",
    "@bomb.sh/tab/commander": "npm:@bomb.sh/tab@^0.0.22/commander",
    "zod": "npm:zod@^4.4.0",
  },
  imports: [
    ...["@espalier/core", "@espalier/core/run", "zod", "@tensorflow/tfjs", "node:fs"],
    ...["@tensorflow/tfjs-node-gpu/dist/x.js", "@bomb.sh/tab/commander"],
  ],
  versions: new Map([["@espalier/core", "0.1.0"], ["@espalier/plugin-x", "0.1.0"]]),
  readme: "# @espalier/plugin-x\n\nDoes something to\nnetworks: well. And more.\n\n## Options\n",
};

Deno.test("manifestOf() tells dependencies, peers and entries by what is imported", () => {
  assertEquals(manifestOf(input), {
    name: "@espalier/plugin-x",
    version: "0.1.0",
    description: "Does something to networks.",
    keywords: ["espalier", "espalier-plugin"],
    license: "MIT",
    type: "module",
    exports: {
      ".": { types: "./mod.d.ts", default: "./mod.js" },
      "./more": { types: "./more/mod.d.ts", default: "./more/mod.js" },
      "./package.json": "./package.json",
    },
    engines: { node: ">=22" },
    dependencies: { "@bomb.sh/tab": "^0.0.22", "@espalier/core": "0.1.0", zod: "^4.4.0" },
    peerDependencies: { "@tensorflow/tfjs": "4.22.0", "@tensorflow/tfjs-node-gpu": "4.22.0" },
    peerDependenciesMeta: { "@tensorflow/tfjs-node-gpu": { optional: true } },
  });
});

Deno.test("manifestOf() lets the root bring TensorFlow.js, and no other an unknown version", () => {
  const root = { ...input, config: { ...input.config, workspace: ["./core"] }, imports: ["zod"] };
  const { dependencies, peerDependencies } = manifestOf(root);
  assertEquals(dependencies, { "@tensorflow/tfjs": "4.22.0", zod: "^4.4.0" });
  assertEquals(peerDependencies, undefined);
  assertThrows(
    () => manifestOf({ ...input, imports: ["left-pad"] }),
    Error,
    'Cannot pack @espalier/plugin-x as what it imports must have a version: "left-pad" has none.',
  );
});
