import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { withFolder } from "../testing.ts";
import { type JournalEvent, openJournal, readJournal } from "./journal.ts";

const event = (n: number): JournalEvent => ({ type: `acme/${n}` });

async function write(path: string, ...events: JournalEvent[]): Promise<void> {
  const journal = await openJournal(path);
  events.forEach(journal.write);
  journal.close();
}

Deno.test("a journal holds one line an event, as soon as it is written", () =>
  withFolder(async (path) => {
    const journal = await openJournal(path);
    journal.write(event(1));
    assertEquals(await readJournal(path), [event(1)]);
    journal.write(event(2));
    journal.close();
    assertEquals(
      await Deno.readTextFile(`${path}/journal.jsonl`),
      '{"type":"acme/1"}\n{"type":"acme/2"}\n',
    );
  }));

Deno.test("readJournal() leaves out a last line that was cut, and openJournal() goes on behind it", () =>
  withFolder(async (path) => {
    await write(path, event(1), event(2));
    await Deno.writeTextFile(`${path}/journal.jsonl`, '{"type":"acme/3', { append: true });
    assertEquals(await readJournal(path), [event(1), event(2)]);
    await write(path, event(4));
    assertEquals(await readJournal(path), [event(1), event(2), event(4)]);
  }));

Deno.test("readJournal() names a line that is no event", () =>
  withFolder(async (path) => {
    for (const broken of ['{"type":"acme/2"', "7", '{"n":1}', ""]) {
      await Deno.writeTextFile(
        `${path}/journal.jsonl`,
        `{"type":"a/1"}\n${broken}\n{"type":"a/3"}\n`,
      );
      const error = await assertRejects(() => readJournal(path), EspalierError);
      assertEquals(error.code, "ERR_JOURNAL_CORRUPT");
      assertStringIncludes(error.message, "line 2 is no event");
      assertStringIncludes(error.message, `${path}/journal.jsonl`);
    }
  }));

const file = (path: string): string => `${path}/journal.jsonl`;

Deno.test("a journal that was cut anywhere goes on behind its last whole event", () =>
  withFolder(async (path) => {
    const events = [event(1), { type: "acme/é", n: 1 } as JournalEvent, event(3)];
    await write(path, ...events);
    const bytes = await Deno.readFile(file(path));
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (const tail of [0, 5]) { // what a power cut may leave: NULs
        const left = new Uint8Array(cut + tail);
        left.set(bytes.subarray(0, cut));
        await Deno.writeFile(file(path), left);
        // An event is whole once its closing brace is there, if nothing follows it.
        const ends = [...bytes].flatMap((byte, i) => byte === 10 ? [i + (tail > 0 ? 1 : 0)] : []);
        const whole = events.slice(0, ends.filter((end) => end <= cut).length);
        assertEquals(await readJournal(path), whole, `cut at ${cut}`);
        await write(path, event(4));
        assertEquals(await readJournal(path), [...whole, event(4)], `cut at ${cut}`);
      }
    }
    assertEquals([...Deno.readDirSync(path)].map(({ name }) => name), ["journal.jsonl"]);
  }));

Deno.test("openJournal() puts lines that are no events aside", () =>
  withFolder(async (path) => {
    const [a, b] = ['{"type":"acme/1"}\n', '{"type":"acme/2"}\n'];
    await Deno.writeTextFile(file(path), `${a}\0\0{"type":"x"}\n${b}7\n{"ty`);
    await assertRejects(() => readJournal(path), EspalierError, "journal.jsonl.damaged");
    await write(path, event(3));
    assertEquals(await readJournal(path), [event(1), event(2), event(3)]);
    assertEquals(await Deno.readTextFile(`${file(path)}.damaged`), '\0\0{"type":"x"}\n7\n');
    await Deno.writeTextFile(file(path), `8\n${a}`);
    await write(path);
    assertEquals(await readJournal(path), [event(1)]);
    assertEquals(await Deno.readTextFile(`${file(path)}.damaged`), '\0\0{"type":"x"}\n7\n8\n');
  }));

Deno.test("a journal notices at the end of a phase that its folder is gone or another's", () =>
  withFolder(async (path) => {
    const end: JournalEvent = {
      type: "phase:end",
      runId: "r",
      phase: "p",
      cached: false,
      elapsedMs: 1,
    };
    const journal = await openJournal(path);
    journal.write(end);
    await Deno.remove(file(path));
    journal.write(event(1));
    for (const there of [false, true]) {
      if (there) await write(path, event(2));
      const error = assertThrows(() => journal.write(end), EspalierError);
      assertEquals(error.code, "ERR_RUN_REMOVED");
      assertThrows(() => journal.sync(), EspalierError);
    }
    journal.close();
    assertEquals(await readJournal(path), [event(2)]);
  }));

Deno.test("a closed journal writes nothing, neither into what was opened after it", () =>
  withFolder(async (path) => {
    const journal = await openJournal(path);
    journal.close();
    const other = await openJournal(await Deno.makeTempDir({ dir: path }));
    journal.write(event(1));
    other.close();
    const files = [...Deno.readDirSync(path)].map(({ name }) => `${path}/${name}`);
    for (const found of files.filter((name) => !name.endsWith("jsonl"))) {
      assertEquals(await readJournal(found), []);
    }
    assertEquals(await readJournal(path), []);
  }));

Deno.test("openJournal() names what is in the way", () =>
  withFolder(async (path) => {
    await Deno.mkdir(file(path));
    const error = await assertRejects(() => openJournal(path), EspalierError, file(path));
    assertEquals(error.code, "ERR_PATH_INVALID");
  }));

Deno.test("readJournal() names a folder without a journal", () =>
  withFolder(async (path) => {
    const error = await assertRejects(() => readJournal(path), EspalierError, "there is no");
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }));
