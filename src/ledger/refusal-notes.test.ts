import { expect, test } from "bun:test";
import { RefusalNotes } from "./refusal-notes.ts";
import type { RefusalNote } from "./store/index.ts";

const note = (keyId: string, message: string): RefusalNote => ({
  keyId,
  time: 1,
  requestId: "req_1",
  code: "budget_exceeded",
  message,
});

test("what a store that is away did not take is noted when it is back, the newest of each key", async () => {
  const stored = new Map<string, string>();
  const warnings: string[] = [];
  let isAway = true;
  const store = {
    async noteRefusals(refusals: readonly RefusalNote[]) {
      await Bun.sleep(1);
      if (isAway) throw new Error("The database does not answer");
      for (const { keyId, message } of refusals) stored.set(keyId, message);
    },
  };
  const log = { warn: (_: object, text: string) => void warnings.push(text), error: () => expect.unreachable() };
  const notes = new RefusalNotes({ store, log });
  notes.note(note("one", "first"));
  notes.note(note("two", "first"));
  const flushing = notes.flush();
  notes.note(note("two", "second"));
  await flushing;
  await notes.flush();
  expect(warnings).toHaveLength(1);
  isAway = false;
  await notes.flush();
  expect(Object.fromEntries(stored)).toEqual({ one: "first", two: "second" });
});
