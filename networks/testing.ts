/** Counts by hand and small networks, for the tests of this folder. */
import { costOf, layerOf, type WidthGroupOptions, widthGroups } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode } from "@espalier/core";
import { macs, params } from "@espalier/plugin-flops";
import { densenet } from "./densenet/densenet.ts";
import { mobilenetV1 } from "./mobilenet/mobilenet_v1.ts";
import { mobilenetV2 } from "./mobilenet/mobilenet_v2.ts";
import { vgg } from "./vgg/vgg.ts";

/** A layer as papers write it: a square kernel, or a dense layer of one position. */
export interface TalliedLayer {
  /** Side of the kernel. */
  readonly kernel?: number;
  /** Channels that each filter reads. */
  readonly reads: number;
  /** Filters. */
  readonly makes: number;
  /** Height and width of the output. */
  readonly side?: number;
  /** Whether each filter has a bias. */
  readonly bias?: boolean;
  /** Whether a norm follows. */
  readonly norm?: boolean;
}

/** Adds up multiply-adds and trainable parameters, without a blueprint. */
export class Tally {
  macs = 0;
  params = 0;

  layer({ kernel = 1, reads, makes, side = 1, bias = false, norm = false }: TalliedLayer): void {
    this.macs += kernel ** 2 * reads * makes * side ** 2;
    this.params += (kernel ** 2 * reads + Number(bias)) * makes;
    if (norm) this.norm(makes);
  }

  norm(channels: number): void {
    this.params += 2 * channels;
  }
}

/** Multiply-adds and parameters of a network. */
export function costs(network: Blueprint): { readonly macs: number; readonly params: number } {
  const total = (cost: typeof macs) => costOf(network, { name: "cost", unit: "", cost }).total;
  return { macs: total(macs), params: total(params) };
}

/** Groups of convolutions whose widths are decided as one. */
export function groupsOf(network: Blueprint, residual: WidthGroupOptions["residual"]) {
  const isConv = new Set(network.nodes.flatMap(({ id, op }) => op === "conv" ? [id] : []));
  return widthGroups(network, { residual }).filter(([leader]) => isConv.has(layerOf(leader!)));
}

/** The same graph with few channels. Norms of few values do not magnify what was rounded. */
function thin(network: Blueprint): Blueprint {
  const nodes = network.nodes.map((node): BlueprintNode => {
    const narrow = "channels" in node && node.id !== network.output
      ? { ...node, channels: Math.max(3, Math.floor(node.channels / 20)) }
      : node;
    return "norm" in narrow && narrow.norm !== undefined
      ? { ...narrow, norm: { ...narrow.norm, epsilon: 1e-2 } }
      : narrow;
  });
  return { ...network, nodes };
}

/** A small network of every family and kind of block. */
export function smallNetworks(classes: number): readonly Blueprint[] {
  const cifar = { classes, size: 16 };
  const imagenet = { ...cifar, family: "imagenet" } as const;
  return [
    vgg({ depth: 13, ...cifar }),
    vgg({ depth: 11, ...imagenet, size: 32, batchNorm: false }),
    mobilenetV1(cifar),
    mobilenetV2(cifar),
    densenet({ depth: 10, ...cifar }),
    densenet({ depth: 16, block: "bottleneck", ...cifar }),
  ].map(thin);
}
