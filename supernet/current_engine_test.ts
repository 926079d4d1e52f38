import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { currentEngine } from "./current_engine.ts";
import { useEngineServices } from "./engine_services.ts";
import type { RankPool } from "./ranks/rank_pool.ts";

Deno.test("currentEngine() names the backend, its threads, the ranks and how it runs", async () => {
  await tf.ready();
  const name = tf.getBackend();
  assertEquals(await currentEngine(), name);
  const backend = tf.backend() as { threads?: number };
  try {
    backend.threads = 2;
    assertEquals(await currentEngine(), `${name} (2 threads)`);
    backend.threads = 1;
    assertEquals(await currentEngine(), `${name} (1 thread)`);
    const services = { readsCheaply: false, ranks: { size: 2 } as RankPool };
    useEngineServices(services);
    assertEquals(await currentEngine(), `${name} (1 thread, 2 ranks)`);
    useEngineServices({ ...services, variant: "without machine code" });
    assertEquals(await currentEngine(), `${name} (1 thread, 2 ranks, without machine code)`);
  } finally {
    useEngineServices({ readsCheaply: false });
    delete backend.threads;
  }
});
