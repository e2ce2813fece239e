import { expect, test } from "bun:test";
import fc from "fast-check";
import { readLabels } from "./labels.ts";
import { openBody } from "./open-body.ts";

const read = (json: string | object) =>
  readLabels(openBody(Buffer.from(typeof json === "string" ? json : JSON.stringify(json))));
const none = { user: undefined, session: undefined, pairs: [] };

test("a body that names nobody says nothing", () => {
  expect(read({ model: "m", messages: [{ role: "user", content: '"user": "x"', user: "y" }] })).toBeUndefined();
});

test("the fields of each dialect", () => {
  expect(read({ user: "anna" })).toEqual({ ...none, user: "anna" });
  expect(read({ safety_identifier: "hash" })).toEqual({ ...none, user: "hash" });
  expect(read({ safety_identifier: "hash", user: "anna" })).toEqual({ ...none, user: "anna" });
  expect(read({ safety_identifier: "hash", user: "" })?.user).toBe("hash");
  expect(read({ metadata: { user_id: "u", team: "a" } })).toEqual({
    ...none,
    user: "u",
    pairs: [
      ["user_id", "u"],
      ["team", "a"],
    ],
  });
  expect(read({ session_id: "s" })).toEqual({ ...none, session: "s" });
  expect(read({ metadata: { sessionId: "s" } })?.session).toBe("s");
  expect(read({ labels: { env: "prod" } })).toEqual({ ...none, pairs: [["env", "prod"]] });
  const client_metadata = {
    "x-codex-installation-id": "i",
    "x-codex-turn-metadata": "{…}",
    session_id: "s",
    thread_id: "t",
  };
  expect(read({ client_metadata })).toEqual({ user: "i", session: "s", pairs: [["thread", "t"]] });
});

test("numbers and booleans are texts; lists, objects and nulls are nothing", () => {
  expect(read({ user: 7, metadata: { a: 1.5, b: true, c: null, d: ["x"], e: { f: "g" }, h: "" } })).toEqual({
    ...none,
    user: "7",
    pairs: [
      ["a", "1.5"],
      ["b", "true"],
      ["h", ""],
    ],
  });
  for (const user of [null, ["a"], { id: "a" }]) expect(read({ user })).toEqual(none);
  for (const metadata of [null, "text", ["a"], 7]) expect(read({ metadata })).toEqual(none);
});

test("what is not JSON inside is nothing, and no error", () => {
  for (const json of [
    '{"metadata":{"a":tru}}',
    '{"metadata":{"a" "b"}}',
    '{"metadata":{"a":"b",}}',
    '{"user":"\\x"}',
    '{"user":"a\nb"}',
  ])
    expect(read(json)).toEqual(none);
});

test("names may be escaped, and of two the last counts, as for every parser", () => {
  expect(read('{"us\\u0065r":"anna"}')?.user).toBe("anna");
  expect(read('{"user":"a","user":"b"}')?.user).toBe("b");
  expect(read('{"metadata":{"t\\u0065am":"a"}}')?.pairs).toEqual([["team", "a"]]);
});

test("of many pairs and of long texts only the beginning is read", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`n${n}`, "v"]));
  expect(read({ metadata: many })?.pairs).toHaveLength(64);
  // Cut inside whatever is there, which is never half of an escape.
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "\\", '"', "\n", "é", "😀", "\ud800", "\u2028"), { minLength: 10, maxLength: 40 }),
      fc.nat(20),
      (parts, shift) => {
        const text = "x".repeat(shift) + parts.join("").repeat(2_000);
        const user = read({ user: text })?.user ?? "";
        expect(user.length).toBeGreaterThan(1_000);
        expect(user.length).toBeLessThanOrEqual(8_192);
        // The last letter may be half of one.
        expect(text.toWellFormed().startsWith(user.toWellFormed().slice(0, -2))).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});
