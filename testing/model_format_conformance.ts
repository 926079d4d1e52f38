import { createRandom, EspalierError, type ModelFormat, ModelFormatToken } from "@espalier/core";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
  thrownBy,
} from "./check.ts";
import { toyNetwork } from "./toy.ts";

/**
 * The checks that every provider of `ModelFormatToken` must pass. Whether other software computes
 * the same from the file is for its own tests.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* modelFormatConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withFormats = (name: string, fn: (format: ModelFormat) => Promise<void> | void) =>
    serviceCase(`model format: ${name}`, setup, async (services) => {
      const formats = services.getAll(ModelFormatToken);
      check(formats.length > 0, "no plugin provides a model format");
      for (const format of formats) await fn(format);
    });
  const blueprint = toyNetwork();
  const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));

  yield withFormats("has a name and a plain name of a file", ({ name, file }) => {
    check(name !== "" && /^\w[\w.-]*$/.test(file), `name "${name}", file "${file}"`);
  });
  yield withFormats("writes the toy network and leaves it as it was", async (format) => {
    const before = JSON.stringify({ blueprint, weights });
    format.check?.(blueprint);
    const bytes = await format.encode({ blueprint, weights });
    check(bytes instanceof Uint8Array && bytes.length > 0, "it gives no bytes");
    check(JSON.stringify({ blueprint, weights }) === before, "the network was changed");
  });
  yield withFormats("refuses weights that are missing", async (format) => {
    const error = await thrownBy(() => format.encode({ blueprint, weights: {} }));
    check(error instanceof EspalierError, `it must throw an EspalierError: ${error}`);
    checkEqual(error.code, "ERR_CONFIG_INVALID", "the code");
  });
}
