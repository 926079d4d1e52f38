import { testOptions } from "../core/options_testing.ts";
import { cifar10 } from "./cifar10.ts";
import { cifar100 } from "./cifar100.ts";
import { csv } from "./csv.ts";
import { fromTfData } from "./from_tf_data.ts";
import { synthetic } from "./synthetic.ts";

const code = "ERR_DATA_INVALID";

testOptions({
  "synthetic()": {
    call: synthetic,
    valid: { seed: 1, classes: 2, shape: [2, 2, 1], train: 2, test: 2, noise: 0 },
    code,
  },
  "cifar100()": { call: cifar100, valid: { directory: "nowhere", labels: "fine" }, code },
  "csv()": {
    call: csv,
    valid: {
      ...{ file: "nowhere.csv", test: "nowhere.csv", target: "y", labels: "numbers" },
      ...{ categories: [], ignore: [], missing: "mean" },
    },
    code,
  },
  "fromTfData()": {
    call: (options: never) => fromTfData({ forEachAsync: () => Promise.resolve() }, options),
    valid: {
      ...{ name: "mine", shape: [1, 1, 1], classes: 2, augment: { pad: 0, flip: true } },
      test: { forEachAsync: () => Promise.resolve() },
    },
    code,
  },
  "cifar10()": { call: cifar10, valid: { directory: "nowhere" }, code },
});
