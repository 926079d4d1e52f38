/**
 * Loaded before each test: properties draw from `PROPERTY_SEED`, so that a revision passes or fails
 * whenever it is tested.
 *
 * @module
 */
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(Deno.env.get("PROPERTY_SEED")) });
