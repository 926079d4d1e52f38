import type { Blueprint } from "@espalier/core";
import { mobilenetV2, resnet, vgg } from "@espalier/networks";

/** Classes of CIFAR-10. */
export const CLASSES = 10;

/** A network that can be timed. */
interface Timed {
  /** Height and width of its images, unless others are asked for. */
  readonly size: number;
  /** The network. */
  blueprint(size: number): Blueprint;
}

const cifar = (depth: number): Timed => ({
  size: 32,
  blueprint: (size) => resnet({ depth, size, classes: CLASSES, block: "basic" }),
});

/** Networks besides the CIFAR ResNets; `peers/networks.py` has the same. */
const OTHERS: Readonly<Record<string, Timed>> = {
  resnet18: {
    size: 224,
    blueprint: (size) => resnet({ depth: 18, size, classes: CLASSES, family: "imagenet" }),
  },
  "mobilenet-v2": {
    size: 224,
    blueprint: (size) => mobilenetV2({ size, classes: CLASSES, family: "imagenet" }),
  },
  vgg16: {
    size: 64,
    blueprint: (size) => vgg({ depth: 16, size, classes: CLASSES, batchNorm: false }),
  },
};

/** Names of the networks that can be timed; a CIFAR ResNet of any depth is one. */
export const NETWORK_NAMES = "resnet20, resnet32 …, " + Object.keys(OTHERS).join(", ");

/** A network by its name; undefined: there is none. The blueprint refuses depths that there are not. */
export function timedNetwork(name: string): Timed | undefined {
  const depth = /^resnet(\d+)$/.exec(name)?.[1];
  return OTHERS[name] ?? (depth === undefined ? undefined : cifar(Number(depth)));
}

/** The network of a job. */
export const blueprintOf = ({ network, size }: {
  readonly network: string;
  readonly size: number;
}): Blueprint => timedNetwork(network)!.blueprint(size);
