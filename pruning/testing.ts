/** A configuration without training or algorithm, for the tests of this folder. */
import type { Plugin } from "@espalier/core";
import { channelCost, DATA, stemSpace, TOY } from "../core/testing.ts";
import type { PrunerConfig } from "./pruner.ts";

/** A valid configuration but for its pipeline. */
export const CONFIG = {
  network: TOY,
  data: DATA,
  budget: { cost: "channels", target: 0.5 },
  plugins: [stemSpace(), channelCost()],
} satisfies PrunerConfig<readonly Plugin[], object>;
