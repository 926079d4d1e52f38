import { toyData } from "@espalier/testing";
import { testOptions } from "../core/options_testing.ts";
import { fromArrays } from "./data/from_arrays.ts";
import { subset } from "./data/subset.ts";

const { fingerprint, ...arrays } = toyData();
const code = "ERR_DATA_INVALID";

testOptions({
  "fromArrays()": {
    call: fromArrays,
    valid: { ...arrays, fingerprint, augment: { pad: 0, flip: true } },
    code,
  },
  "subset()": {
    call: (options) => subset(toyData(), options),
    valid: { trainPerClass: 1, testPerClass: 1 },
    code,
  },
});
