import * as z from "zod";
import type { EngineChoice } from "./contract.ts";

/** Schema of {@linkcode EngineChoice}. */
export const engineSchema: z.ZodType<EngineChoice, EngineChoice> = z.strictObject({
  name: z.enum(["auto", "native", "wasm", "webgpu", "cpu"]),
  ranks: z.union([z.int().min(1), z.literal("auto")]).optional(),
  machine: z.boolean().optional(),
}) as unknown as z.ZodType<EngineChoice, EngineChoice>;
