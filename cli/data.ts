import { classesOf, inputOf } from "@espalier/blueprint";
import type { Blueprint, Dataset } from "@espalier/core";
import { cifar10, csv, inMemory, synthetic } from "@espalier/datasets";
import { imageFolder } from "@espalier/images";
import { statSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "./failure.ts";

/** Settings behind a colon, as in `synthetic:classes=3,shape=8x8x3`. */
type Settings = Readonly<Record<string, string>>;

/** A kind of data. */
interface DataSource {
  /** How `--data` asks for it. */
  readonly usage: string;
  /** Whether a word asks for it. */
  takes(name: string): boolean;
  /** Open it for a network. */
  open(settings: Settings, network: Blueprint, name: string): Dataset | Promise<Dataset>;
}

const count = z.coerce.number();
const syntheticSettings = z.strictObject({
  classes: count.optional(),
  shape: z.string().transform((text) => text.split("x").map(Number)).pipe(
    z.tuple([z.number(), z.number(), z.number()]),
  ).optional(),
  train: count.optional(),
  test: count.optional(),
  noise: count.optional(),
  seed: count.optional(),
});

const tableSettings = z.strictObject({
  target: z.string(),
  missing: z.enum(["refuse", "mean"]).optional(),
});

/** The kinds, asked in this order. */
const SOURCES: readonly DataSource[] = [
  {
    usage: "cifar10",
    takes: (name) => name === "cifar10",
    open: (settings) => (refuseUnknown(z.strictObject({}), settings), cifar10()),
  },
  {
    usage: "synthetic[:classes=3,shape=8x8x3,train=512,test=128,noise=0.3,seed=1]",
    takes: (name) => name === "synthetic",
    open(settings, network) {
      const given = Object.entries(refuseUnknown(syntheticSettings, settings))
        .filter(([, value]) => value !== undefined);
      return synthetic({
        // A network of other outputs is refused by what it cannot learn.
        classes: Math.max(2, classesOf(network)),
        shape: inputOf(network).shape,
        ...Object.fromEntries(given),
      });
    },
  },
  {
    usage: "a table, file.csv:target=column[,missing=mean]",
    takes: (name) => name.endsWith(".csv"),
    open(settings, _network, file) {
      const { target, missing } = refuseUnknown(tableSettings, settings);
      return csv({ file, target, ...missing && { missing } });
    },
  },
  {
    usage: "a folder of images, one folder a class",
    takes: isFolder,
    async open(settings, network, directory) {
      refuseUnknown(z.strictObject({}), settings);
      const [height, width, channels] = inputOf(network).shape;
      const shape = [height, width, channels as 3] as const;
      return await inMemory(await imageFolder({ directory, shape }));
    },
  },
];

/**
 * What a model was trained on: a range of pixels (what is subtracted from 0..1, and divided by), or data
 * normalised by their own mean and deviation, as trainings here do.
 */
export const PIXELS = {
  "0..1": { mean: 0, deviation: 1 },
  "0..255": { mean: 0, deviation: 1 / 255 },
  "-1..1": { mean: 0.5, deviation: 0.5 },
  "normalised": undefined,
} as const;

/** What `--data` takes, for the help. */
export const DATA: string = SOURCES.map(({ usage }) => usage).join(" or ");

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function refuseUnknown<T>(schema: z.ZodType<T>, settings: Settings): T {
  const { success, data, error } = schema.safeParse(settings);
  if (success) return data;
  const [{ message, path }] = error.issues as [z.core.$ZodIssue];
  throw new UsageError(
    `option '--data <data>': ${[path.join("."), message].filter(Boolean).join(": ")}. ` +
      `It takes ${DATA}.`,
  );
}

function settingsOf(text: string): Settings {
  const pairs = text === "" ? [] : text.split(",").map((pair) => pair.split("=", 2));
  return Object.fromEntries(pairs.map(([name, value = ""]) => [name!, value]));
}

/**
 * Open what `--data` names. Shape and classes are the network's where the words leave them out.
 *
 * @param text The words, as in `synthetic:classes=3`.
 * @param seen The network that is to see the data, and the range of pixels that it knows.
 * @returns The dataset.
 * @throws {UsageError} For a name or setting that is not known; what the source throws.
 */
export async function openData(
  text: string,
  { network, pixels }: {
    readonly network: Blueprint;
    readonly pixels: keyof typeof PIXELS;
  },
): Promise<Dataset> {
  const [name = "", ...rest] = text.split(":");
  const source = SOURCES.find((one) => one.takes(name));
  if (source !== undefined) {
    const data = await source.open(settingsOf(rest.join(":")), network, name);
    const each = (value: number) => new Array<number>(data.shape[2]).fill(value);
    const range = PIXELS[pixels];
    if (range === undefined) return data;
    const { mean, deviation } = range;
    return { ...data, normalization: { mean: each(mean), deviation: each(deviation) } };
  }
  throw new UsageError(`option '--data <data>': "${text}" is not known. It takes ${DATA}.`);
}
