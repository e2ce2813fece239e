import { describe, expect, test } from "bun:test";
import type { Replay, Row } from "./replay.ts";

/** Tests what clients of both dialects get of each row; `replay` is there when the tests run. */
export function testReplayRows(rows: readonly Row[], replay: () => Replay): void {
  const named = (some: readonly Row[]) => some.map((row): [string, Row] => [row.model, row]);
  describe.each<[Row["api"]]>([["chat"], ["messages"]])("what a %s client gets", (client) => {
    test.each(named(rows))("%s", async (_model, row) => {
      const { outcome, text } = await replay().ask(client, row);
      expect(outcome).toBe(row.outcome);
      const isEmpty = !row.stream && /of nothing$|that is null$|no content|left nothing/.test(row.name);
      if (outcome === "whole" && !isEmpty) expect(text).toBe("Hello");
      expect(text).not.toContain("late");
    });

    test.each(named(rows.filter(({ name }) => name.startsWith("an unknown"))))(
      "what is not known passes on as it is: %s",
      async (_model, row) => expect((await replay().ask(client, row)).body).toContain('"max_output_reached"'),
    );
  });
}
