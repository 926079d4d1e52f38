import { classesOf, inputOf } from "@espalier/blueprint";
import type { Blueprint, Dataset } from "@espalier/core";
import { cifar10, csv, inMemory, synthetic } from "@espalier/datasets";
import { imageFolder } from "@espalier/images";
import { statSync } from "node:fs";
import * as z from "zod";
import { UsageError } from "./failure.ts";
import { type Choices, PIXELS } from "./task.ts";

/** Settings behind a colon, as in `synthetic:classes=3,shape=8x8x3`. */
type Settings = Readonly<Record<string, string>>;

/** A kind of data. */
interface DataSource {
  /** How `--data` asks for it. */
  readonly usage: string;
  /** Whether a word asks for it. */
  takes(name: string): boolean;
  /** Whether it has numbers to learn. */
  readonly numbers?: boolean;
  /** Open it for a network. */
  open(settings: Settings, wish: Wish, name: string): Dataset | Promise<Dataset>;
}

/** Who is to see the data, and what is learned from them. */
interface Wish extends Pick<Choices, "pixels" | "task"> {
  /** The network. */
  readonly network: Blueprint;
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

const columns = z.string().transform((text) => text.split("+")).optional();
const tableSettings = z.strictObject({
  target: z.string(),
  ignore: columns,
  categories: columns,
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
    open(settings, { network }) {
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
    usage: "a table, file.csv:target=column[,ignore=id+name,categories=city,missing=mean]",
    takes: (name) => name.endsWith(".csv"),
    numbers: true,
    open(settings, { task }, file) {
      const given = Object.entries(refuseUnknown(tableSettings, settings))
        .filter(([, value]) => value !== undefined);
      const labels = task === "regression" ? "numbers" : "classes";
      return csv({ file, labels, ...Object.fromEntries(given) as { target: string } });
    },
  },
  {
    usage: "a folder of images, one folder a class",
    takes: isFolder,
    async open(settings, { network }, directory) {
      refuseUnknown(z.strictObject({}), settings);
      const [height, width, channels] = inputOf(network).shape;
      const shape = [height, width, channels as 3] as const;
      return await inMemory(await imageFolder({ directory, shape }));
    },
  },
];

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
 * @param wish The network that is to see the data, the range of pixels that it knows, and its task.
 * @returns The dataset.
 * @throws {UsageError} For a name or setting that is not known; what the source throws.
 */
export async function openData(text: string, wish: Wish): Promise<Dataset> {
  const [name = "", ...rest] = text.split(":");
  const source = SOURCES.find((one) => one.takes(name));
  if (source !== undefined) {
    if (wish.task === "regression" && !source.numbers) {
      throw new UsageError(
        `option '--task regression': "${name}" has no numbers to learn, a table has. ` +
          "Give one, or --task classification.",
      );
    }
    const data = await source.open(settingsOf(rest.join(":")), wish, name);
    const each = (value: number) => new Array<number>(data.shape[2]).fill(value);
    // A table holds what its model was trained on.
    const range = PIXELS[source.numbers && wish.pixels !== "normalised" ? "0..1" : wish.pixels];
    if (range === undefined) return data;
    const { mean, deviation } = range;
    return { ...data, normalization: { mean: each(mean), deviation: each(deviation) } };
  }
  throw new UsageError(`option '--data <data>': "${text}" is not known. It takes ${DATA}.`);
}
