import { Option } from "@commander-js/extra-typings";

/** `--redis`. */
export const REDIS = () =>
  new Option("--redis <url>", "where the queue is, with user and password; rediss:// for TLS")
    .default("redis://127.0.0.1:6379");

/** `--queue`. */
export const QUEUE = () =>
  new Option("--queue <name>", "queue of the study, for workers on other machines");
