import { expect, test } from "bun:test";
import { ApiError } from "../../api/api-error.ts";
import { keepEach } from "./keep-each.ts";
import { makeMessage, textOf, type Message } from "./message.ts";

const message = (text: string, requestId: string | null = null): Message =>
  makeMessage({
    parent: null,
    role: "user",
    status: "complete",
    content: [{ type: "text", text }],
    request_id: requestId,
  });

/** Refuses all of a call where one message is bad, as the server does. */
function makeServer(status: number) {
  const kept: string[] = [];
  const keep = (_: string, messages: readonly Message[]) => {
    const isBad = messages.some((one) => one.request_id === "bad" || textOf(one) === "worse");
    if (isBad) return Promise.reject(new ApiError(status, { message: "refused" }));
    kept.push(...messages.map(textOf));
    return Promise.resolve({ id: "con" });
  };
  return { kept, keep };
}

test("a message that is refused keeps no other back", async () => {
  for (const status of [400, 413]) {
    const { kept, keep } = makeServer(status);
    const messages = [message("a"), message("b", "bad"), message("worse"), message("d")];
    const { conversation, refusal } = await keepEach("con", messages, keep);
    expect(kept).toEqual(["a", "b", "d"]);
    expect([conversation?.id, String(refusal)]).toEqual(["con", "ApiError: refused"]);
  }
});

test("where another try may succeed all are to be sent again", async () => {
  const { kept, keep } = makeServer(503);
  const outcome = await keepEach("con", [message("a"), message("b", "bad")], keep).catch(String);
  expect([kept, outcome]).toEqual([[], "ApiError: refused"]);
});
