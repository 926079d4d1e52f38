import { EspalierError, type MemoryDataset } from "@espalier/core";
import { channelStatistics, validateDataset } from "@espalier/training";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { csv, type CsvOptions } from "./csv.ts";

const file = (text: string) => new File([text], "t.csv");
const read = (text: string, options: Partial<CsvOptions> = {}) =>
  csv({ file: file(text), target: "y", ...options });

/** Rows of features of both splits with their labels, sorted. */
function rowsOf({ train, test, shape }: MemoryDataset): string[] {
  return [train, test].flatMap(({ images, labels }) =>
    Array.from(labels, (label, i) => {
      const row = (images as Float32Array).subarray(i * shape[2], (i + 1) * shape[2]);
      return `${[...row].map((value) => +value.toFixed(4))} → ${label}`;
    })
  ).sort();
}

Deno.test("csv() makes an image of one pixel of each row, and classes of names", async () => {
  const data = await read("id,a,y,b\n1,1.5,dog,-2\n2,.5,cat,1e2\n3,2,dog,3\n4,7,cat,+4\n", {
    ignore: ["id"],
  });
  validateDataset(data);
  assertEquals([data.shape, data.classes, data.classNames], [[1, 1, 2], 2, ["cat", "dog"]]);
  assertEquals(rowsOf(data), ["0.5,100 → 0", "1.5,-2 → 1", "2,3 → 1", "7,4 → 0"]);
  assertEquals([data.train.labels.length, data.test.labels.length], [2, 2]);
  assertEquals(data.notes![0], "features: a, b");
  assertStringIncludes(data.notes![1]!, "1 of 5 of each class");
});

Deno.test("csv() counts classes that are numbers by size", async () => {
  const rows = [10, 2, 10, 2, 9, 9].map((y, i) => `${i},${y}`);
  const { classNames } = await read(["a,y", ...rows].join("\n"));
  assertEquals(classNames, ["2", "9", "10"]);
});

Deno.test("csv() gives numbers for regression, one a row", async () => {
  const rows = Array.from({ length: 10 }, (_, i) => `${i},${i / 2}`);
  const data = await read(["a,y", ...rows].join("\n"), { labels: "numbers" });
  const { labels, classes } = data;
  assertEquals([labels, classes], [{ kind: "numbers", size: 1 }, 0]);
  assert(data.train.labels instanceof Float32Array);
  assertEquals([data.train.labels.length, data.test.labels.length], [8, 2]);
  assertEquals(rowsOf(data), rows.map((row) => row.replace(",", " → ")));
  const error = await assertRejects(() => read(["a,y", ...rows].join("\n")), EspalierError);
  assertStringIncludes(
    error.message,
    '10 numbers in 10 rows. For regression, give labels: "numbers"',
  );
});

Deno.test("csv() makes a 0 or 1 for each name of a category", async () => {
  const data = await read("size,colour,y\n1,red,a\n2,blue,a\n3,red,b\n4,green,b\n", {
    categories: ["colour"],
  });
  assertEquals(data.notes![0], "features: size, colour=blue, colour=green, colour=red");
  assertEquals(rowsOf(data), ["1,0,0,1 → 0", "2,1,0,0 → 0", "3,0,0,1 → 1", "4,0,1,0 → 1"]);
});

Deno.test("csv() puts means of the training rows where fields are missing, of names their shares", async () => {
  const train = "a,c,y\n1,red,p\n3,blue,q\n,red,p\nNA,?,q\n";
  const test = "y,c,a\np,red,nan\nq,blue,8\n";
  const data = await csv({
    ...{ file: file(train), test: file(test), target: "y" },
    ...{ categories: ["c"], missing: "mean" },
  });
  // The mean of 1 and 3; two of three names are red.
  assertEquals(rowsOf(data), [
    ...["1,0,1 → 0", "2,0,1 → 0", "2,0,1 → 0"],
    ...["2,0.3333,0.6667 → 1", "3,1,0 → 1", "8,1,0 → 1"],
  ]);
  assertEquals([...data.train.labels], [0, 1, 0, 1]);
  // What training takes off is a matter of the training rows alone.
  assertEquals(channelStatistics(data.train, data.shape).mean[0], 2);
});

Deno.test("csv() names the row and column of what is missing or no number", async () => {
  const message = async (text: string, options: Partial<CsvOptions> = {}) => {
    const error = await assertRejects(() => read(text, options), EspalierError);
    assertEquals(error.code, "ERR_DATA_INVALID");
    return error.message;
  };
  const table = (cell: string, target = "q") => `a,b,y\n1,2,p\n3,${cell},${target}\n`;
  for (const missing of ["", "NA", "n/a", "NaN", "null", "?", " "]) {
    assertStringIncludes(await message(table(missing)), 'row 3 of t.csv, column "b" has none');
  }
  for (const bad of ["x", "1.2.3", "0x10", "Infinity", '"1,5"', "12 kg"]) {
    const text = await message(table(bad), { missing: "mean" });
    assertStringIncludes(text, `row 3 of t.csv, column "b" holds "${bad.replaceAll('"', "")}"`);
  }
  const target = await message(table("1", ""), { missing: "mean" });
  assertStringIncludes(target, 'row 3 of t.csv, column "y" has none');
  assertStringIncludes(await message(table("1", "p")), '"y" is "p" in every row');
  for (const option of [{ target: "z" }, { categories: ["z"] }, { ignore: ["z"] }]) {
    assertStringIncludes(await message(table("1"), option), 'there is no "z", found a, b, y');
  }
  const other = new File(["y,b,a\np,1,2\nq,3,oops\n"], "other.csv");
  assertStringIncludes(
    await message(table("1"), { test: other }),
    'row 3 of other.csv, column "a" holds "oops"',
  );
});

Deno.test("csv() reads a file, follows its content, and says which one is missing", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const text = "a,y\n1,p\n2,q\n3,p\n4,q\n";
  await Deno.writeTextFile(path, text);
  const data = await csv({ file: path, target: "y" });
  assertEquals(data.fingerprint, (await read(text)).fingerprint);
  const others = [
    read(text.replace("3", "5")),
    read(`b,${text.replaceAll("\n", "\n1,").slice(0, -2)}`),
    read(text, { categories: ["a"] }),
  ];
  for (const other of others) assertNotEquals((await other).fingerprint, data.fingerprint);
  await Deno.remove(path);
  const error = await assertRejects(() => csv({ file: path, target: "y" }), EspalierError, path);
  assertEquals(error.code, "ERR_DATA_CORRUPT");
});
