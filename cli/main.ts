#!/usr/bin/env node
/**
 * The program: `deno task espalier`, and the `bin` of a package on npm.
 *
 * @module
 */
import { enableProdMode } from "@tensorflow/tfjs";
import process from "node:process";
import { run } from "./mod.ts";

enableProdMode(); // TensorFlow.js would advertise another engine.
process.exitCode = await run(process.argv.slice(2));
