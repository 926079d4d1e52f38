/** What this package uses of ioredis, whose own types bring those of Node. */
export interface RedisOptions {
  readonly lazyConnect: boolean;
  readonly connectTimeout: number;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number | null;
}

export interface Redis {
  connect(): Promise<void>;
  disconnect(): void;
  ping(): Promise<string>;
  on(event: "error", listener: (error: unknown) => void): unknown;
}
export const Redis: new (address: string, options: RedisOptions) => Redis;
