import { Option } from "@commander-js/extra-typings";

/** `--store`. */
export const STORE = () =>
  new Option(
    "--store <dir>",
    "store that the run was given (default: artifacts in it or beside it)",
  );
