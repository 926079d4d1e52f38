/** What names in the file of a study stand for. */
import { cifar10, cifar100, csv, densenet, importModel, mobilenetV1 } from "@espalier/espalier";
import { mobilenetV2, phases, resnet, synthetic, tas, vgg } from "@espalier/espalier";
import * as espalier from "@espalier/espalier";
import { imageFolder, IMAGENET } from "@espalier/images";
import { kerasFile } from "@espalier/plugin-keras-file";
import { onnxFile } from "@espalier/plugin-onnx-file";
import { factoriesOf, type Registry } from "@espalier/studies";

/** Plugins, networks, data, presets and phases of this repository. */
export const REGISTRY: Registry = {
  plugin: factoriesOf({ ...espalier, kerasFile, onnxFile }),
  network: {
    resnet,
    vgg,
    densenet,
    "mobilenet-v1": mobilenetV1,
    "mobilenet-v2": mobilenetV2,
    model: ({ path = "", ...options } = {}, { resolve }) => importModel(resolve(path), options),
  },
  data: {
    cifar10,
    cifar100,
    synthetic,
    table: ({ file = "", ...options } = {}, { resolve }) =>
      csv({ ...options, file: resolve(file) }),
    images: ({ directory = "", ...options } = {}, { resolve }) =>
      imageFolder({ ...options, directory: resolve(directory) }),
    imagenet: ({ directory = "", ...options } = {}, { resolve }) =>
      imageFolder({ ...IMAGENET, ...options, directory: resolve(directory) }),
  },
  base: { tas },
  phase: {
    pretrain: () => phases.pretrain(),
    search: phases.search,
    derive: phases.derive,
    "train-control": phases.trainControl,
    train: () => phases.train(),
    evaluate: phases.evaluate,
  },
};
