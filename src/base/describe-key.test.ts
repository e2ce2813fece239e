import { expect, test } from "bun:test";
import fc from "fast-check";
import { adminKeyPrefix, describeKey, keyPrefix } from "./describe-key.ts";

const run = "a1B2c3D4e5F6g7H8";

test.each<[string, string | undefined]>([
  [`sk-proj-${run}${run}`, "a key of OpenAI"],
  [`sk-${run}${run}${run}`, "a key of OpenAI"],
  [`sk-ant-api03-${run}`, "a key of Anthropic"],
  [`sk-or-v1-${run}`, "a key of OpenRouter"],
  [`AIza${run}${run}`, "a key of Google"],
  [`xai-${run}`, "a key of xAI"],
  [`gsk_${run}`, "a key of Groq"],
  [`hf_${run}`, "a key of Hugging Face"],
  [`AKIA${"A1B2".repeat(4)}`, "a key of Amazon"],
  [`sk-${"0123456789abcdef".repeat(2)}`, "a key of DeepSeek, Alibaba Cloud or another vendor"],
  [`${keyPrefix}${"0".repeat(32)}`, "has the form of a key of a Sahab, but not of this one"],
  [`${adminKeyPrefix}${"0".repeat(40)}`, "has the form of an admin key, but not of this one"],
  [`${keyPrefix}${"0".repeat(9)}`, "has 9 characters behind that, not 32: part of it may be missing"],
  [`${adminKeyPrefix}${"0".repeat(41)}`, "has 41 characters behind that, not 40: something may have been added"],
  [`${keyPrefix}abcde…`, "is masked"],
  [Buffer.from(`${keyPrefix}abcde…`).toString("latin1"), "is masked"],
  ["sk-sahab-********", "is masked"],
  ["sk-...wxyz", "is masked"],
  ["$SAHAB_KEY", "a variable that nothing has filled in"],
  ["${SAHAB_KEY}", "a variable that nothing has filled in"],
  ["<your-key>", "a variable that nothing has filled in"],
  ["YOUR_API_KEY", "a placeholder"],
  ["undefined", "a placeholder"],
  ["sk-1234", "a placeholder"],
  ["~/.sahab/admin.key", "the path of a file"],
  ["key_01jd8zzzzzzzzzzzzzzzzzzzzz", "the id of a key"],
  ["eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "a signed token (JWT)"],
  [`sk-${run}`, "begins with sk-, but not with sk-sahab-"],
  [run, undefined],
  ["team-blue-secret-words", undefined],
])("%s", (key, expected) => {
  const found = describeKey(key);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(expected);
});

test("nothing of a key that differs from key to key is repeated, and no key takes long", () => {
  const heads = ["", "sk-", "sk-ant-", "sk-proj-", keyPrefix, adminKeyPrefix, "AIza", "hf_", "<", "$", "~/", "eyJ"];
  const tail = fc.string({ unit: fc.constantFrom(...Array.from("ABQZ459_-.…*x")), minLength: 12, maxLength: 400 });
  fc.assert(
    fc.property(fc.constantFrom(...heads), tail, (head, rest) => {
      const startMs = performance.now();
      const found = describeKey(head + rest) ?? "";
      expect(performance.now() - startMs).toBeLessThan(1_500);
      expect(found).not.toContain(rest.slice(0, 12));
    }),
  );
});
