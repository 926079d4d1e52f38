import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, Decision, MemoryDataset, MemorySplit } from "@espalier/core";

const CLASSES = 2;
const SHAPE = [6, 6, 1] as const;

function unit(id: string, input: string, activation: "relu" | undefined = "relu") {
  const common = { id, input, channels: 4, kernel: 3, norm: DEFAULT_NORM };
  return conv({ ...common, ...activation && { activation } });
}

function block(id: string, input: string): Blueprint["nodes"] {
  return [
    unit(`${id}/conv_a`, input),
    unit(`${id}/conv_b`, `${id}/conv_a`, undefined),
    {
      id: `${id}/add`,
      op: "add",
      inputs: [`${id}/conv_b`, input],
      projection: { norm: true },
      activation: "relu",
    },
  ];
}

/**
 * A residual network small enough for any check: images of 6×6×1, a stem, one stage of two blocks,
 * 4 channels throughout, 2 classes.
 *
 * @returns The blueprint.
 */
export function toyNetwork(): Blueprint {
  const ids = ["stage1/block0", "stage1/block1"];
  return {
    name: "toy",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: SHAPE },
      unit("stem", "images"),
      ...block(ids[0]!, "stem"),
      ...block(ids[1]!, `${ids[0]}/add`),
      { id: "pool", op: "global-pool", inputs: [`${ids[1]}/add`] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: CLASSES, bias: true },
    ],
    stages: [{
      id: "stage1",
      blocks: ids.map((id) => ({
        id,
        nodes: ["conv_a", "conv_b", "add"].map((name) => `${id}/${name}`),
        output: `${id}/add`,
      })),
    }],
    output: "classifier",
  };
}

/** Half the channels of every convolution of the toy network, or all; one block of its stage, or both. */
export function toyDecisions(): readonly Decision[] {
  const { nodes, stages } = toyNetwork();
  const widths = nodes.filter(({ op }) => op === "conv").map(({ id }): Decision => ({
    id,
    space: "toy",
    candidates: [2, 4],
    effect: { kind: "channels", nodes: [id] },
  }));
  const depths = stages.map(({ id }): Decision => ({
    id,
    space: "toy",
    candidates: [1, 2],
    effect: { kind: "exit", stage: id },
  }));
  return [...widths, ...depths];
}

/** Bright images are of class 1, dark ones of class 0, with a pattern on top. */
function toySplit(count: number): MemorySplit {
  const size = SHAPE[0] * SHAPE[1];
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = Uint8Array.from(
    { length: count * size },
    (_, i) => 64 + 96 * labels[Math.floor(i / size)]! + (i * 37) % 32,
  );
  return { images, labels };
}

/**
 * Data for {@linkcode toyNetwork}: 16 images to train on, 8 to test on, two classes told apart by
 * their brightness.
 *
 * @returns The dataset.
 */
export function toyData(): MemoryDataset {
  return {
    name: "toy",
    fingerprint: "espalier-toy-1",
    classes: CLASSES,
    shape: SHAPE,
    train: toySplit(16),
    test: toySplit(8),
  };
}
