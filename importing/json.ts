/** An object of parsed JSON. */
export interface Json {
  readonly [key: string]: unknown;
}

/** Whether parsed JSON is an object. */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
