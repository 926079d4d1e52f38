/**
 * Artifacts in object storage that speaks S3.
 *
 * @module
 */
export { s3Store, type S3StoreOptions } from "./s3_store.ts";
