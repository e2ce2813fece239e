import { expect, test } from "bun:test";
import type { Key } from "../../api/schema.d.ts";
import { findKeys, readKeySearch } from "./find-keys.ts";

const makeKey = (fields: Partial<Key> & { id: string }): Key => ({
  name: fields.id,
  project: "default",
  role: "user",
  prefix: `sk-sahab-${fields.id}`,
  created_at: "2026-11-01T00:00:00Z",
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  status: "active",
  replaced_by: null,
  models: null,
  addresses: null,
  terms: {},
  ...fields,
});
const keys = [
  makeKey({ id: "key_a", name: "Search", prefix: "sk-sahab-aaaa" }),
  makeKey({ id: "key_b", project: "team", status: "revoked", prefix: "sk-sahab-bbbb" }),
  makeKey({ id: "key_c", project: "team", prefix: "sk-sahab-cccc" }),
];
const ids = (search: Parameters<typeof findKeys>[1]) => findKeys(keys, search).map(({ id }) => id);

test("keys are found by name, id, project and status, and a whole key by its beginning", () => {
  expect(ids({})).toEqual(["key_c", "key_a"]);
  expect(ids({ status: "all" })).toEqual(["key_c", "key_b", "key_a"]);
  expect(ids({ status: "revoked" })).toEqual(["key_b"]);
  expect(ids({ project: "team" })).toEqual(["key_c"]);
  expect(ids({ q: " sEARch" })).toEqual(["key_a"]);
  expect(ids({ q: "key_c" })).toEqual(["key_c"]);
  expect(ids({ q: "sk-sahab-aaaa1234567890" })).toEqual(["key_a"]);
});

test("an address that was written by hand means what it can", () => {
  expect(readKeySearch({ q: 42, project: ["x"], status: "none" })).toEqual({ q: "42" });
  expect(readKeySearch({ status: "all", project: "team" })).toEqual({ status: "all", project: "team" });
  expect(readKeySearch({ status: "active", q: "" })).toEqual({});
});
