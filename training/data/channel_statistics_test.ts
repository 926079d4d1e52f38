import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { channelStatistics } from "./channel_statistics.ts";

Deno.test("channelStatistics() gives bytes as 0..1", () => {
  // Channel 0: 0, 255, 0, 255; channel 1: 51 four times.
  const images = Uint8Array.of(0, 51, 255, 51, 0, 51, 255, 51);
  const { mean, deviation } = channelStatistics({ images, labels: Uint8Array.of(0, 1) }, [1, 2, 2]);
  assertEquals(mean, [0.5, 0.2]);
  assertEquals(deviation, [0.5, 0]);
});

Deno.test("channelStatistics() takes floats as they are, without cancellation", () => {
  const images = Float32Array.of(10_000, -1, 10_002, 3);
  const { mean, deviation } = channelStatistics({ images, labels: Uint8Array.of(0) }, [2, 1, 2]);
  assertEquals(mean, [10_001, 1]);
  assertEquals(deviation, [1, 2]);
});

Deno.test("channelStatistics() of bytes equals that of the same values as floats", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 60 }), (bytes) => {
    const images = bytes.subarray(0, bytes.length - bytes.length % 3);
    const labels = new Uint8Array(images.length / 3);
    const ofBytes = channelStatistics({ images, labels }, [1, 1, 3]);
    const floats = { images: Float32Array.from(images), labels };
    const ofFloats = channelStatistics(floats, [1, 1, 3]);
    for (let c = 0; c < 3; c++) {
      assertAlmostEquals(ofBytes.mean[c]! * 255, ofFloats.mean[c]!, 1e-9);
      assertAlmostEquals(ofBytes.deviation[c]! * 255, ofFloats.deviation[c]!, 1e-9);
    }
  }));
});
