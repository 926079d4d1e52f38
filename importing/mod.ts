/**
 * Other people's trained models as blueprints and weights.
 *
 * @module
 */
export { type ImportedNetwork, importModel, type ImportOptions } from "./import_model.ts";
