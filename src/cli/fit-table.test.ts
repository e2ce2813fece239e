import { expect, test } from "bun:test";
import { cutTo, fitTable } from "./fit-table.ts";
import { columnsOf, formatTable } from "./print.ts";

test("columns begin below each other, whatever the letters are", () => {
  const table = formatTable(
    ["NAME", "PROJECT"],
    [
      ["张伟", "one"],
      ["سحاب", "two"],
      ["Zoé\u0301", "three"],
      ["👩‍👩‍👧 ok", "four"],
    ],
  );
  const [head = "", ...rows] = table.split("\n");
  const start = columnsOf(head.slice(0, head.indexOf("PROJECT")));
  for (const row of rows) expect(columnsOf(row.slice(0, row.search(/one|two|three|four/)))).toBe(start);
});

test("what is cut fits, also where a letter takes two columns", () => {
  expect(cutTo("数据分析团队", 12)).toBe("数据分析团队");
  expect(cutTo("数据分析团队", 7)).toBe("数…团队");
  expect(cutTo("数据分析团队", 8, "end")).toBe("数据分…");
  expect(cutTo("a-long-name", 6)).toBe("a-l…me");
  const { text } = fitTable([{ title: "NAME", charsMin: 4 }, { title: "ID" }], [["数据分析团队", "1"]], 12);
  for (const line of text.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(12);
});
