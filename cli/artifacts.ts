import { Option } from "@commander-js/extra-typings";
import type { ArtifactStore } from "@espalier/core";
import { folderStore } from "@espalier/espalier";
import process from "node:process";
import { UsageError } from "./failure.ts";

/** `--store` of studies. */
export const ARTIFACTS = () =>
  new Option(
    "--store <place>",
    "where artifacts are: a folder, or s3://bucket/prefix with AWS_ENDPOINT_URL, AWS_REGION, " +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (default: in the study's folder)",
  );

const REGION = "us-east-1";

/**
 * The store that words name.
 *
 * @throws {UsageError} For a bucket without keys.
 */
export async function storeOf(place: string | undefined): Promise<ArtifactStore | undefined> {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place ?? "") ?? [];
  if (bucket === undefined) return place === undefined ? undefined : folderStore(place);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const { AWS_REGION: region = REGION } = process.env;
  if (!accessKeyId || !secretAccessKey) {
    throw new UsageError(
      "option '--store <place>': a bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
        "in the environment.",
    );
  }
  const { AWS_ENDPOINT_URL: endpoint = `https://s3.${region}.amazonaws.com` } = process.env;
  const { s3Store } = await import("@espalier/s3-store");
  return s3Store({ endpoint, region, bucket, prefix, accessKeyId, secretAccessKey });
}
