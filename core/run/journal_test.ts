import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
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

Deno.test("readJournal() names a folder without a journal", () =>
  withFolder(async (path) => {
    const error = await assertRejects(() => readJournal(path), EspalierError, "there is no");
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }));
