import type { BlueprintNode } from "@espalier/core";
import { activation } from "./activation.ts";
import { add } from "./add.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { crop } from "./crop.ts";
import { dense } from "./dense.ts";
import { depthwiseConv } from "./depthwise_conv.ts";
import { dropout } from "./dropout.ts";
import { flatten } from "./flatten.ts";
import { globalPool } from "./global_pool.ts";
import { input } from "./input.ts";
import { merge } from "./merge.ts";
import { norm } from "./norm.ts";
import { opaque } from "./opaque.ts";
import { pad } from "./pad.ts";
import type { NodeOp } from "./node_op.ts";
import { pool } from "./pool.ts";
import { prelu } from "./prelu.ts";
import { rescale } from "./rescale.ts";
import { reshape } from "./reshape.ts";
import { transposedConv } from "./transposed_conv.ts";
import { upsample } from "./upsample.ts";

/** All operations, as they compute. */
export const NODE_OPS: {
  readonly [Name in BlueprintNode["op"]]: NodeOp<Extract<BlueprintNode, { readonly op: Name }>>;
} = {
  input,
  conv,
  "depthwise-conv": depthwiseConv,
  "transposed-conv": transposedConv,
  norm,
  activation,
  add,
  merge,
  concat,
  pool,
  "global-pool": globalPool,
  pad,
  crop,
  upsample,
  reshape,
  rescale,
  flatten,
  dense,
  dropout,
  prelu,
  opaque,
};

/** The operation of a node. */
export const nodeOp = ({ op }: BlueprintNode): NodeOp => NODE_OPS[op] as NodeOp;
