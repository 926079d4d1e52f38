import { Command, Option } from "@commander-js/extra-typings";
import type { TrainedNetwork } from "@espalier/core";
import { writeWhole } from "@espalier/core/run";
import { saveModel } from "@espalier/espalier";
import { toKerasFile } from "@espalier/plugin-keras-file";
import { toOnnx } from "@espalier/plugin-onnx-file";
import type { Quantization } from "@espalier/supernet";
import { UsageError } from "../failure.ts";
import { MODEL, openModel } from "../model.ts";
import { writeNotes } from "../notes.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier convert smaller/model --to onnx --out smaller.onnx
  espalier convert model.json --to keras --out model.keras
  espalier convert my-model --to tfjs --out folder`;

/** Where a model goes, and in how few bytes. */
interface Target {
  readonly out: string;
  readonly quantise: Quantization | undefined;
}

/** Writers of formats. */
const WRITERS = {
  keras: async (network: TrainedNetwork, { out }: Target) =>
    await writeWhole(out, await toKerasFile(network)),
  onnx: (network: TrainedNetwork, { out }: Target) => writeWhole(out, toOnnx(network)),
  tfjs: async (network: TrainedNetwork, { out, quantise }: Target) =>
    void await saveModel(network, out, { quantize: quantise }),
};

/** `convert MODEL`. */
export function convertCommand({ stdout, stderr }: Streams) {
  return new Command("convert")
    .description("Write a model in another format.")
    .argument("<model>", MODEL)
    .addOption(
      new Option("--to <format>", "keras (Keras 3), onnx or tfjs (TensorFlow.js layers)")
        .choices(["keras", "onnx", "tfjs"] as const).makeOptionMandatory(),
    )
    .requiredOption("--out <path>", "file to write; of tfjs a folder")
    .addOption(
      new Option("--quantise <type>", "weights in fewer bytes, of tfjs")
        .choices(["float16", "uint8"] as const),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (model, { to, out, quantise }) => {
      if (quantise !== undefined && to !== "tfjs") {
        throw new UsageError(
          "option '--quantise <type>' goes with '--to tfjs': the other formats hold 32-bit floats. " +
            "Leave it out.",
        );
      }
      const network = await openModel(model);
      writeNotes(network.notes, stderr);
      await WRITERS[to](network, { out, quantise });
      stdout.write(`${out}\n`);
    });
}
