import {
  type ArtifactStore,
  checkOptions,
  EspalierError,
  type EspalierErrorCode,
  type OptionFields,
} from "@espalier/core";
import { artifactFiles, decodeArtifact, encodeArtifact } from "@espalier/core/run";
import { AwsClient } from "aws4fetch";
import * as z from "zod";

/** Where artifacts are, and who may touch them. */
export interface S3StoreOptions {
  /** Address of the service, as in `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /**
   * What all names begin with, as in `studies/`.
   *
   * @default nothing
   */
  readonly prefix?: string | undefined;
  /** Name of the key. */
  readonly accessKeyId: string;
  /** The key. */
  readonly secretAccessKey: string;
  /**
   * Region that requests are signed for.
   *
   * @default {"us-east-1"}
   */
  readonly region?: string | undefined;
}

const text = z.string().min(1);
const s3Schema = z.strictObject(
  {
    endpoint: z.url(),
    bucket: text,
    prefix: z.string().optional(),
    accessKeyId: text,
    secretAccessKey: text,
    region: text.optional(),
  } satisfies OptionFields<S3StoreOptions>,
);

/** How often a request is tried again when the service is busy or fails. */
const RETRIES = 5;

/** The write lost: something is there already. */
const PRECONDITION_FAILED = 412;
const MISSING = 404;

const CODES: Readonly<Record<number, EspalierErrorCode>> = {
  401: "ERR_PERMISSION",
  403: "ERR_PERMISSION",
};

/**
 * Create a store in a bucket. Many machines may share it: the first one to write under a key wins, by
 * the condition `If-None-Match: *`, which the service must heed. It has no claims: two runs that need
 * one phase at the same time both compute it.
 *
 * @example A run whose artifacts are elsewhere
 * ```ts ignore
 * import { s3Store } from "@espalier/s3-store";
 *
 * const store = s3Store({ endpoint: "https://s3.example.com", bucket: "espalier", ...keys });
 * pruner.run({ directory: "runs/1", store });
 * ```
 *
 * @param options Address, bucket and key.
 * @returns The store. Its methods throw ERR_PERMISSION where the key may not, ERR_FILE_FAILED where the
 * service fails or cannot be reached, ERR_ARTIFACT_CORRUPT.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function s3Store(options: S3StoreOptions): ArtifactStore {
  checkOptions(s3Schema, options, { subject: "s3Store()" });
  const { endpoint, bucket, prefix = "", accessKeyId, secretAccessKey, region = "us-east-1" } =
    options;
  const client = new AwsClient({
    ...{ accessKeyId, secretAccessKey, region },
    ...{ service: "s3", retries: RETRIES },
  });
  const folder = `${endpoint.replace(/\/$/, "")}/${bucket}/${prefix}`;

  /** A request for a key; what is neither done nor in `expected` is thrown. */
  async function ask(
    key: string,
    { expected = [MISSING], ...init }: RequestInit & { readonly expected?: readonly number[] } = {},
  ): Promise<Response> {
    const url = folder + encodeURIComponent(artifactFiles(key).artifact);
    const verb = init.method ?? "GET";
    let response: Response;
    try {
      response = await client.fetch(url, init);
    } catch (error) {
      throw failure({ verb, url, code: undefined, reason: (error as Error).message });
    }
    if (response.ok || expected.includes(response.status)) return response;
    const reason = `${response.status} ${(await response.text()).slice(0, 200)}`;
    throw failure({ verb, url, code: CODES[response.status], reason });
  }

  return {
    async read(key) {
      const response = await ask(key);
      if (response.status === MISSING) return void await response.body?.cancel();
      const bytes = new Uint8Array(await response.arrayBuffer());
      return await decodeArtifact(bytes, { where: `"${response.url || key}"`, key });
    },
    async has(key) {
      const response = await ask(key, { method: "HEAD" });
      await response.body?.cancel();
      return response.ok;
    },
    async write(key, value, { replace = false } = {}) {
      const body = await encodeArtifact(value, key) as Uint8Array<ArrayBuffer>;
      const response = await ask(key, {
        method: "PUT",
        body,
        headers: replace ? {} : { "if-none-match": "*" },
        expected: [PRECONDITION_FAILED],
      });
      await response.body?.cancel();
    },
    async remove(key) {
      await (await ask(key, { method: "DELETE" })).body?.cancel();
    },
  };
}

function failure(
  { verb, url, code = "ERR_FILE_FAILED", reason }: {
    readonly verb: string;
    readonly url: string;
    readonly code: EspalierErrorCode | undefined;
    readonly reason: string;
  },
): EspalierError {
  return new EspalierError(
    code,
    `Cannot use a store of artifacts as ${verb} "${url}" failed: ${reason}. ` +
      "Look at its address, bucket and key; what is done is kept where it is.",
  );
}
