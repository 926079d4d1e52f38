import { EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readTable } from "./table.ts";

Deno.test("readTable() reads quotes, line ends, byte order marks and delimiters as people's programs write them", () => {
  const expected = { columns: ["a", "b"], rows: [["1", 'say "x"'], ["two\nlines", ""]] };
  const texts = [
    'a,b\n1,"say ""x"""\n"two\nlines",\n',
    '\uFEFFa,b\r\n1,"say ""x"""\r\n"two\nlines",\r\n\r\n',
    'a;b\n1;"say ""x"""\n"two\nlines";',
    'a\tb\n1\t"say ""x"""\n"two\nlines"\t\n\n',
    ' a , b\n 1,"say ""x"""\n"two\nlines", \n',
  ];
  for (const text of texts) {
    const { columns, rows } = readTable(text, "t.csv");
    assertEquals({ columns, rows }, expected);
  }
});

Deno.test("readTable() gives back whatever was quoted", () => {
  const field = fc.string().map((text) => text.trim());
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(fc.property(
    fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }),
    (rows) => {
      const text = [["x", "y"], ...rows].map((fields) => fields.map(quote).join(",")).join("\n");
      assertEquals(readTable(text, "t.csv").rows, rows);
    },
  ));
});

Deno.test("readTable() names the row that does not fit, as a spreadsheet counts", () => {
  const cases = [
    ["a,b\n1,2\n3\n", "row 3 of t.csv has 1 fields, the header has 2"],
    ["a,b\n1,2,3\n", "row 2 of t.csv has 3 fields"],
    ["a,a\n1,2\n", '"a" names two columns'],
    ["a,\n1,2\n", "a column has no name"],
    ["a,b\n", "no row below its header"],
    ["", "no row"],
    ['a,b\n1,2\n3,"open\n', "row 3 of t.csv: quoted field unterminated"],
  ] as const;
  for (const [text, part] of cases) {
    const error = assertThrows(() => readTable(text, "t.csv"), EspalierError);
    assertEquals(error.code, "ERR_DATA_CORRUPT");
    assertStringIncludes(error.message, "Cannot read t.csv");
    assertStringIncludes(error.message, part);
  }
});
