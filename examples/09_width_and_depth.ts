// Widths and depths of a ResNet-20 together, on real CIFAR-10. A quarter of an hour on a laptop;
// `--quick` sees a few images only, to show that it runs.
// deno-lint-ignore-file no-console -- an example
import {
  cifar10,
  createPruner,
  reportTable,
  resnet,
  showProgress,
  subset,
  tas,
  useEngine,
  widthsPicture,
} from "@espalier/espalier";

const quick = Deno.args.includes("--quick");
console.log((await useEngine()).message);
const network = resnet({ depth: 20, classes: 10 });
await using pruner = createPruner({
  network,
  data: subset(await cifar10(), {
    trainPerClass: quick ? 13 : 500,
    testPerClass: quick ? 5 : 200,
  }),
  budget: { cost: "macs", target: 0.45 },
  plugins: tas({
    recipe: "quick",
    depth: true,
    ...quick && { epochs: { pretrain: 1, search: 1, train: 1 } },
  }),
});
const directory = "runs/width-and-depth";
const run = pruner.run({ seed: 1, directory });
showProgress(run.events$, { budget: pruner.budget });
const { architecture: { choices }, pruned, report } = await run.result;
console.log(reportTable(report));
console.log("blocks kept:", choices.stage0, choices.stage1, choices.stage2);
await Deno.writeTextFile(`${directory}/widths.svg`, await widthsPicture(network, { pruned }));
console.log(`${directory}/widths.svg`);
