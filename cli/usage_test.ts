import { VERSION } from "@espalier/core/run";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { espalier, MODELS } from "./testing.ts";

const COMMANDS = [
  ...["inspect", "prune", "evaluate", "convert", "report"],
  ...["status", "resume", "archive", "gc", "new", "plugins"],
];
const MODEL = `${MODELS}plain_cnn`;
const PRUNE = ["prune", MODEL, "--data", "synthetic", "--target", "50%", "--out", "nowhere"];

for (
  const [args, expected] of [
    [[], /^Usage: espalier/],
    [["inspec", MODEL], /unknown command 'inspec'\n\(Did you mean inspect\?\)/],
    [["inspect"], /missing required argument 'model'/],
    [["inspect", MODEL, "more"], /too many arguments/],
    [["inspect", MODEL, "--jsn"], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [["prune", MODEL], /required option '--data <data>' not specified/],
    [[...PRUNE, "--target", "half"], /'--target <cost>' argument 'half' is invalid.* 50% or 0\.5/],
    [[...PRUNE, "--target", "0%"], /'--target <cost>' argument '0%' is invalid/],
    [
      [...PRUNE, "--method", "sgd"],
      /choices are tas, evolution, random, uniform, l1, l2, scale, median, taylor, activation/,
    ],
    [[...PRUNE, "--recipe", "slow"], /choices are quick, default, paper, official/],
    [[...PRUNE, "--epochs", "0"], /must be a whole number, 1 or more/],
    [[...PRUNE, "--epochs", "1e3"], /must be a whole number, 1 or more/],
    [[...PRUNE, "--seed", "-1"], /must be a whole number, 0 or more/],
    [[...PRUNE, "--rate", "NaN"], /must be a number above 0/],
    [[...PRUNE, "--format", "onnx,png"], /one or more of onnx, keras/],
    [[...PRUNE, "--engine", "gpu"], /choices are auto, native, wasm, webgpu, cpu/],
    [[...PRUNE, "--data", "photos"], /"photos" is not known\. It takes cifar10 or synthetic/],
    [[...PRUNE, "--data", "cifar10:size=3"], /'--data <data>': Unrecognized key: "size"/],
    [[...PRUNE, "--data", "synthetic:clases=3"], /'--data <data>': Unrecognized key: "clases"/],
    [[...PRUNE, "--data", "synthetic:shape=8x8"], /'--data <data>': shape/],
    [[...PRUNE, "--data", "synthetic:train=many"], /'--data <data>': train/],
    [[...PRUNE, "--divisor", "0"], /must be a whole number, 1 or more/],
    [["convert", MODEL, "--to", "coreml", "--out", "x"], /choices are keras, onnx, tfjs/],
    [["convert", MODEL, "--to", "onnx"], /required option '--out <path>' not specified/],
    [
      ["convert", MODEL, "--to", "onnx", "--out", "x", "--quantise", "uint8"],
      /'--quantise <type>' goes with '--to tfjs'/,
    ],
  ] as const
) {
  const words = args.map((word) => word === MODEL ? "MODEL" : word).join(" ");
  Deno.test(`espalier ${words} is wrong usage and says so`, async () => {
    const { code, out, err } = await espalier(...args);
    assertEquals([code, out], [2, ""]);
    assertMatch(err, expected);
  });
}

for (const command of COMMANDS) {
  Deno.test(`espalier ${command} --help has an example`, async () => {
    const { code, out, err } = await espalier(command, "--help");
    assertEquals([code, err], [0, ""]);
    assertMatch(out, new RegExp(`^Example.*\n  espalier ${command} `, "m"));
  });
}

Deno.test("espalier --help lists the commands and the exit codes, --version the version", async () => {
  const { code, out } = await espalier("--help");
  assertEquals(code, 0);
  for (const command of COMMANDS) assertStringIncludes(out, `  ${command} `);
  assertStringIncludes(out, "Exit codes: 0 done, 1 failed, 2 wrong usage, 130");
  assertEquals(await espalier("--version"), { code: 0, out: `${VERSION}\n`, err: "" });
});

for (
  const [what, args, expected] of [
    [
      "a model that is not there",
      ["inspect", "no\u001b[31m\nmodel"],
      /^error: Cannot import .* \[ERR_MODEL_CORRUPT\]\n$/,
    ],
    [
      "a target out of reach, with what is reachable",
      [...PRUNE, "--target", "1%"],
      /^error: Cannot reach the budget .* at least 0\.\d+ .* \[ERR_BUDGET_UNREACHABLE\]\n$/,
    ],
    ["a cost that nobody counts", [...PRUNE, "--cost", "joules"], /"joules".* \[ERR_/],
    [
      "data of another number of classes",
      [...PRUNE, "--data", "synthetic:classes=3"],
      /^error: Cannot run network .* 10 in the network, 3 in the data.* \[ERR_DATA_MISMATCH\]\n$/,
    ],
    [
      "a network whose output is an image",
      ["evaluate", `${MODELS}unet`, "--data", "synthetic"],
      /outputs of an image.* \[ERR_DATA_MISMATCH\]\n$/,
    ],
    [
      "a folder that no run ended in",
      ["report", MODELS],
      /^error: Cannot report on .*: there is none\. .* \[ERR_REPORT_EMPTY\]\n$/,
    ],
  ] as const
) {
  Deno.test(`espalier tells of ${what} in one line with a code`, async () => {
    const { code, out, err } = await espalier(...args);
    assertEquals([code, out], [1, ""]);
    assertMatch(err, expected);
    // deno-lint-ignore no-control-regex -- nothing that would command a terminal
    assert(!/[\x00-\x09\x0b-\x1f]/.test(err));
  });
}

Deno.test("the program ends with the exit code, and writes errors to standard error", () =>
  withFolder(async (cwd) => {
    const program = new URL("./main.ts", import.meta.url).pathname;
    const config = new URL("../deno.json", import.meta.url).pathname;
    const start = (...args: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", config, program, ...args],
        cwd,
        env: { NO_COLOR: "1" },
      }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const failed = await start("report", ".");
    assertEquals([failed.code, text(failed.stdout)], [1, ""]);
    assertMatch(text(failed.stderr), /^error: .* \[ERR_REPORT_EMPTY\]\n$/);
    assertEquals((await start("reprot")).code, 2);
    const done = await start("convert", MODEL, "--to", "tfjs", "--out", "model");
    assertEquals([done.code, text(done.stdout), text(done.stderr)], [0, "model\n", ""]);
    const completed = await start("complete", "--", "prune", "--method", "");
    assertStringIncludes(text(completed.stdout), "uniform");
  }));
