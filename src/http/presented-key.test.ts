import { expect, test } from "bun:test";
import fc from "fast-check";
import { SahabError } from "../base/errors.ts";
import { explainKeyFault, presentedKey } from "./presented-key.ts";

const key = "sk-sahab-0123456789abcdef";
const other = "sk-other-fedcba9876543210";
const advice = "a key of this Sahab begins with sk-sahab-, and whoever runs it makes one (sahab key create NAME)";
const headersOf = (fields: Record<string, string>) => ({ get: (name: string) => fields[name] ?? null });

test.each<Record<string, string>>([
  { authorization: `Bearer ${key}` },
  { authorization: `bearer ${key}` },
  { authorization: `BEARER   ${key} ` },
  { authorization: `Bearer Bearer ${key}` },
  { authorization: `Bearer bearer Bearer ${key}` },
  { authorization: `Bearer: ${key}` },
  { authorization: `Bearer "${key}"` },
  { authorization: `'Bearer ${key}'` },
  { authorization: `Bearer \u00a0${key}\u00a0` },
  { authorization: Buffer.from(`Bearer “${key}”`).toString("latin1") },
  { authorization: Buffer.from(`Bearer \ufeff${key}`).toString("latin1") },
  { authorization: Buffer.from(`Bearer ${key}\u200b\u00a0`).toString("latin1") },
  { authorization: Buffer.from(`Bearer \u200b${key}`).toString("latin1") },
  { authorization: `Bearer ${key}"` },
  { authorization: `Bearer ${key},${key}` },
  { authorization: key },
  { authorization: `"${key}"` },
  { authorization: `Bearer ${key}, Bearer ${key}` },
  { "x-api-key": key },
  { "x-api-key": `Bearer ${key}` },
  { "x-api-key": `${key}, ${key}` },
  { "x-goog-api-key": key },
  { "api-key": ` '${key}'\t` },
  // The first header with a key in it counts.
  { authorization: `Bearer ${key}`, "x-api-key": other, "api-key": other },
  { authorization: "Bearer ", "x-api-key": key },
  { authorization: "Basic dXNlcjpwYXNz", "x-goog-api-key": key },
  { "x-api-key": key, "x-goog-api-key": other, "api-key": other },
  { "x-goog-api-key": key, "api-key": other },
])("the key is found: %j", (fields) => expect(presentedKey(headersOf(fields))).toBe(key));

test.each<[Record<string, string>, string]>([
  [{ authorization: "Basic dXNlcjpwYXNz" }, "the header authorization has the scheme Basic"],
  [{ authorization: `Token ${key}` }, "the header authorization has the scheme Token"],
  [{ authorization: `${other} ${key}` }, "the header authorization has white space within it"],
  [
    { authorization: "Bearer" },
    "the header authorization has no key in it (is the variable empty that it comes from?)",
  ],
  [
    { authorization: 'Bearer ""' },
    "the header authorization has no key in it (is the variable empty that it comes from?)",
  ],
  [{ "x-api-key": `${key}, ${other}` }, "the header x-api-key has several values"],
  [{ authorization: `Bearer ${key},${other}` }, "the header authorization has several values"],
  [{ authorization: `Bearer ${"a".repeat(1_000)}` }, "the header authorization has 1007 characters"],
  [{ "api-key": `"${"a ".repeat(1_000)}` }, "the header api-key has 2001 characters"],
])("what holds no key, or several, is explained without it: %j", (fields, reason) => {
  const headers = headersOf(fields);
  const found = presentedKey(headers);
  expect(found).toBeUndefined();
  const error = explainKeyFault(new SahabError("missing_api_key", "No API key was sent"), headers);
  expect([error.code, error.status]).toEqual(["invalid_api_key", 401]);
  expect(error.message).toBe(
    `No API key can be read: ${reason}; allowed are, in this order, Authorization: Bearer KEY, x-api-key: KEY, x-goog-api-key: KEY, api-key: KEY; ${advice}`,
  );
});

test.each<[Record<string, string>, string]>([
  [{ authorization: `Bearer ${key}` }, "(found in the header authorization: Bearer KEY)"],
  [{ authorization: `Bearer Bearer ${key}` }, "(found in the header authorization: Bearer Bearer KEY)"],
  [{ authorization: key }, "(found in the header authorization: KEY)"],
  [{ "api-key": `"${key}"` }, '(found in the header api-key: "KEY")'],
  [{ authorization: "Bearer abc" }, "(found in the header authorization)"],
  [
    { "x-api-key": key, "api-key": other },
    "(found in the header x-api-key: KEY; the other key in api-key was not looked at)",
  ],
])("a key that is not known is explained by its place and form: %j", (fields, where) => {
  const error = explainKeyFault(new SahabError("invalid_api_key", "It is not known"), headersOf(fields));
  expect(error.message).toMatch(/^It is not known(?:: it [^;]+)?; /);
  expect(error.message).toEndWith(`; ${advice} ${where}`);
  for (const value of [key, other]) expect(error.message).not.toContain(value);
});

test("the usual form and the others are read by one rule", () => {
  const pieces = fc.constantFrom(
    "Bearer ",
    "bearer:",
    "a",
    "Z9",
    ",",
    " ",
    '"',
    "'",
    "\t",
    "-",
    "\u00e9",
    "\u00a0",
    ", ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const value = `Bearer ${parts.join("")}`;
      expect(presentedKey(headersOf({ authorization: value }))).toBe(presentedKey(headersOf({ "x-api-key": value })));
    }),
  );
});

test("without a key it is said where one comes from; an admin is not sent to a command that needs the key", () => {
  const missing = new SahabError("missing_api_key", "No API key was sent");
  expect(explainKeyFault(missing, headersOf({})).message).toBe(`No API key was sent; ${advice}`);
  const admin = explainKeyFault(missing, headersOf({}), { kind: "admin" }).message;
  expect(admin).toContain("admin.key");
  expect(admin).not.toContain("sahab key create");
});

test("a key in the query is described as one in a header", () => {
  const parameter = { name: "key", key: `AIza${"x1".repeat(17)}` };
  const { message } = explainKeyFault(new SahabError("invalid_api_key", "It is not known"), headersOf({}), {
    parameter,
  });
  expect(message).toContain("it looks like a key of Google");
  expect(message).toEndWith("(found in the parameter key)");
  expect(message).not.toContain(parameter.key);
});

test("another fault leaves the error as it is", () => {
  const revoked = new SahabError("revoked_api_key", "revoked");
  expect(explainKeyFault(revoked, headersOf({ authorization: `Bearer ${key}` }))).toBe(revoked);
});

test("long headers of quotes and words take no time", () => {
  for (const value of [`x${'"'.repeat(31_000)}x`, "Bearer ".repeat(4_400), '"'.repeat(31_000), ",".repeat(31_000)]) {
    const startMs = performance.now();
    presentedKey(headersOf({ authorization: value, "x-api-key": value }));
    explainKeyFault(new SahabError("missing_api_key", ""), headersOf({ authorization: value }));
    // Quadratic work on them would take seconds.
    expect(performance.now() - startMs).toBeLessThan(1_500);
  }
});
