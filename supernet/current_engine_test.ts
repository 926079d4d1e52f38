import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { currentEngine } from "./current_engine.ts";
import { useEngineServices } from "./engine_services.ts";
import type { RankPool } from "./ranks/rank_pool.ts";

Deno.test("currentEngine() names the backend, and its threads where it says so", async () => {
  await tf.ready();
  const name = tf.getBackend();
  assertEquals(await currentEngine(), name);
  const backend = tf.backend() as { threads?: number };
  try {
    backend.threads = 2;
    assertEquals(await currentEngine(), `${name} (2 threads)`);
    backend.threads = 1;
    assertEquals(await currentEngine(), `${name} (1 thread)`);
    useEngineServices({ readsCheaply: false, ranks: { size: 2 } as RankPool });
    assertEquals(await currentEngine(), `${name} (1 thread, 2 ranks)`);
  } finally {
    useEngineServices({ readsCheaply: false });
    delete backend.threads;
  }
});
