import { Option } from "@commander-js/extra-typings";

/** Names that `useEngine` takes, the default first. */
const ENGINES = ["auto", "native", "wasm", "webgpu", "cpu"] as const;

/** `--engine`. */
export const ENGINE = () =>
  new Option("--engine <name>", "what computes").choices(ENGINES).default(ENGINES[0]);
