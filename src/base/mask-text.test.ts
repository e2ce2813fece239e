import { expect, test } from "bun:test";
import { compileLinear } from "./linear-pattern.ts";
import { createMasker, maskKinds, masksUsual } from "./mask-text.ts";

const usual = createMasker(masksUsual);

test("personal data and secrets are replaced by what they are", () => {
  const cases: [string, string][] = [
    ["write to ann.lee+x@mail.example.com, please", "write to [email], please"],
    ["联系 李@例子.中国 谢谢", "联系 [email] 谢谢"],
    ["手机号13812345678。", "手机号[phone]。"],
    ["+86 138-1234-5678 or 138 1234 5678", "[phone] or [phone]"],
    ["call +44 20 7946 0958 or (555) 123-4567", "call [phone] or [phone]"],
    ["جوال 0551234567", "جوال [phone]"],
    ["010-62345678", "[phone]"],
    ["card 4111 1111 1111 1111 123 12/27", "card [card] 123 12/27"],
    ["4111-1111-1111-1111", "[card]"],
    ["IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"],
    ["账号sa0380000000608010167519。", "账号[iban]。"],
    ["AB12 or GB29-NWBK-6016-1331-9268-19", "AB12 or [iban]"],
    ["6222021234567890128", "[card]"],
    ["身份证11010519491231002X", "身份证[id]"],
    ["SSN 078-05-1120", "SSN [id]"],
    [`key sk-sahab-${"a".repeat(32)}.`, "key [key]"],
    [`Authorization: Bearer ${"abc1".repeat(5)} ok`, "Authorization: [key] ok"],
    [`postgres://ann:secret@db/x`, "postgres[key]"],
    [`-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`, "[key]"],
  ];
  for (const [text, masked] of cases) expect(usual(text)).toBe(masked);
  // A long credential goes with its tail.
  expect(usual(`eyJ${"a".repeat(30)}.eyJ${"b".repeat(2_000)}.${"c".repeat(40)}!`)).toBe("[key]!");
});

test("other text stays as it is", () => {
  for (const text of [
    "In 2026 there were 1,234,567 requests; 4111 1111 1111 1112 is no card",
    "order 123456789012345678 of 2026-11-27T11:33:00.000Z",
    "10.0.0.7 and ::1, version 1.2.3, 12:30:45",
    "sk-short and a@b",
    "GB29 NWBK of order DE12",
    "NO9386011117948 is no account, nor is NO9386011117947X",
  ])
    expect(usual(text)).toBe(text);
});

test("addresses of machines are masked where that is asked for", () => {
  const mask = createMasker(["ip"]);
  expect(mask("from 203.0.113.7 and 2001:db8::8a2e:370:7334, at 12:30:45")).toBe("from [ip] and [ip], at 12:30:45");
  expect(mask("1.2.3.4.5 999.1.1.1")).toBe("1.2.3.4.5 999.1.1.1");
});

test("patterns of one's own are linear, and what is none is refused with the reason", () => {
  const mask = createMasker([
    { name: "ticket", pattern: "T-[0-9]+" },
    { name: "cost$1", pattern: "(a+)+b" },
  ]);
  expect(mask("T-42 aab")).toBe("[ticket] [cost$1]");
  const startedMs = performance.now();
  mask("a".repeat(50_000));
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  for (const wrong of ["(", "(?=a)", "(a)\\1", "a*", "x".repeat(501), "(?:x{1000}){1000}"])
    expect(() => compileLinear(wrong)).toThrow();
});

test("masking takes time in proportion to the text, also of texts that are made to take long", () => {
  const mask = createMasker(maskKinds);
  for (const part of [
    "a",
    "1",
    "1 ",
    "1-",
    "de89 ",
    "eyJ",
    "eyJaaaaaaaaa.",
    "sk-",
    "://",
    "://a:",
    "a@",
    "a@a.",
    "1.",
    "a:",
    "+1(",
    "05",
    "bearer ",
    "-----BEGIN PRIVATE KEY-----",
  ]) {
    const text = part.repeat(Math.ceil(200_000 / part.length));
    const startedMs = performance.now();
    mask(text);
    expect({ part, isQuick: performance.now() - startedMs < 3_000 }).toEqual({ part, isQuick: true });
  }
});
