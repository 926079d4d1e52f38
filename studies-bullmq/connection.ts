import { EspalierError } from "@espalier/core";
// @ts-types="./ioredis.d.ts"
import { Redis } from "ioredis";
import { LOOPBACK, type RedisOptions } from "./contract.ts";

/** How long a first connection may take, in milliseconds. */
const PATIENCE = 5000;

function unreachable(address: string, cause: unknown): EspalierError {
  const { host } = new URL(address);
  return new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot reach Redis at "${host}" as a queue needs one: ${(cause as Error).message}. ` +
      "Start redis-server there, or give its address, user and password included.",
    { cause },
  );
}

/**
 * A connection to Redis, which comes back by itself after one that was there breaks.
 *
 * @throws {EspalierError} ERR_STUDY_WORKER if there is none at first.
 */
export async function connect({ redis = LOOPBACK }: Omit<RedisOptions, "queue">): Promise<Redis> {
  let wasThere = false;
  const connection = new Redis(redis, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    maxRetriesPerRequest: null, // Work goes on once Redis is there again.
    retryStrategy: (times: number) => wasThere ? Math.min(times * 100, 2000) : null,
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  connection.on("error", (error: unknown) => failed.reject(error));
  try {
    await Promise.race([connection.connect(), failed.promise]);
    await connection.ping(); // With the wrong password there is a connection, and no more.
  } catch (error) {
    connection.disconnect();
    throw unreachable(redis, error);
  }
  wasThere = true;
  return connection;
}
