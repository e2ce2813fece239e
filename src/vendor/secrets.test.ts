import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseProxyAddress } from "../base/proxy-address.ts";
import { dialects } from "../dialect/registry.ts";
import { Provider } from "./provider.ts";
import { RunFinder } from "./run-finder.ts";
import { Secrets } from "./secrets.ts";

const key = "sk-ant-api03-Zx81kQpLm20vBn7RtYw4Ua9-e5";
const bearer = new Secrets({ headers: { Authorization: `Bearer ${key}` } }, undefined);
const basic = new Secrets(
  { headers: { authorization: `Basic ${Buffer.from("team:p4ss/word+of 2026").toString("base64")}` } },
  undefined,
);

test("secrets that come and end while the server runs are looked for, those before them for a while", () => {
  const tokenOf = (letter: string) => `IQoJb3JpZ2luX2Vj${letter.repeat(3)}Zx81kQpLm20vBn7RtYw4Ua9${letter.repeat(900)}`;
  const part = (letter: string) => tokenOf(letter).slice(25, 60);
  const holds = (text: string) => own.guard?.holds(Buffer.from(text)) ?? false;
  const own = new Secrets({}, undefined);
  expect(own.guard).toBeUndefined();
  for (const letter of ["a", "b", "c", "d", "e"]) {
    own.learn([tokenOf(letter)]);
    expect([own.mask(`token ${tokenOf(letter)} ended`), holds(part(letter))]).toEqual(["token … ended", true]);
  }
  expect([holds(tokenOf("d")), holds(tokenOf("a"))]).toEqual([true, false]);
  // What all such tokens begin with is no secret.
  expect(holds("AWS session tokens begin with IQoJb3JpZ2luX2Vj.")).toBe(false);
});

test("the parts of an access key with a long token are secrets each", () => {
  const secretKey = "wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLEKEYq";
  const api_key = `ASIAIOSFODNN7EXAMPLE:${secretKey}:IQoJb3JpZ2luX2Vj${"Ab9".repeat(700)}`;
  const { secrets } = new Provider({ name: "p", vendor: "bedrock", region: "us-east-1", api_key }, dialects);
  expect(secrets.mask(`secret ${secretKey}.`)).toBe("secret ….");
  expect(secrets.guard?.holds(Buffer.from(secretKey.slice(10, 30)))).toBe(true);
});

describe("errors", () => {
  test.each([
    ["the whole header", bearer, `got "Bearer ${key}"`, 'got "…"'],
    ["what follows the scheme", bearer, `key ${key} is bad`, "key … is bad"],
    ["without its beginning", bearer, `…${key.slice(15)}.`, "……."],
    ["without its end", bearer, `${key.slice(0, 30)}***`, "…***"],
    ["a part from the middle", bearer, `part ${key.slice(16, 31)}`, "part …"],
    ["twice", bearer, `${key} ${key}`, "… …"],
    ["decoded", basic, "user team:p4ss/word+of 2026 unknown", "user … unknown"],
    ["the password alone", basic, "password p4ss/word+of 2026", "password …"],
    ["escaped by JSON", basic, String.raw`p4ss\/word+of 2026`, "…"],
    ["escaped for an address", basic, "?p=p4ss%2Fword%2Bof%202026&", "?p=…&"],
    ["escaped in small letters", basic, "?p=p4ss%2fword%2bof%202026&", "?p=…&"],
  ])("%s is masked", (_, secrets, text, expected) => {
    expect(secrets.mask(text)).toBe(expected);
  });

  test("what vendors quote themselves, and what all keys begin with, stays", () => {
    for (const text of [`${key.slice(0, 17)}…${key.slice(-4)}`, "keys begin with sk-ant-api03-", "Bearer"])
      expect(bearer.mask(text)).toBe(text);
  });

  test("headers that authorise nothing are not secrets", () => {
    const secrets = new Secrets(
      { headers: { "anthropic-version": "2023-06-01", "User-Agent": "our-agent/1.0" } },
      undefined,
    );
    expect(secrets.mask("unknown version 2023-06-01 of our-agent/1.0")).toBe(
      "unknown version 2023-06-01 of our-agent/1.0",
    );
    expect(secrets.guard).toBeUndefined();
  });

  test("what comes from where secrets are kept is one in every header", () => {
    const value = "team-secret-of-words-77";
    for (const name of ["user-agent", "X-Plain"]) {
      const secrets = new Secrets({ headers: { [name]: value }, secretHeaders: [name] }, undefined);
      expect(secrets.mask(`for ${value}!`)).toBe("for …!");
      expect(secrets.guard?.holds(Buffer.from(`it is ${value}`))).toBeTrue();
    }
  });

  test("a proxy's password is masked, plain and encoded", () => {
    const proxy = parseProxyAddress("http://us:Proxy-pass-4711@proxy:1");
    const secrets = new Secrets({}, proxy);
    for (const secret of proxy.secrets) expect(secrets.mask(`x ${secret} y`)).toBe("x … y");
  });
});

describe("answers", () => {
  const holds = (text: string) => bearer.guard?.holds(Buffer.from(text)) ?? false;
  test.each([
    ["whole", key],
    ["without its beginning", key.slice(14)],
    ["without its end", key.slice(0, 28)],
    [
      "in JSON's escapes",
      key
        .split("")
        .map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
        .join(""),
    ],
    ["partly in escapes", `${key.slice(0, 20)}\\u00${key.charCodeAt(20).toString(16)}${key.slice(21)}`],
  ])("a secret %s is found", (_, text) => {
    expect(holds(`{"a":"${text}"}`)).toBe(true);
  });
  test("what is short, or a word, is not looked for", () => {
    for (const api_key of ["EMPTY", "lm-studio", "sk-no-key-required", "not-needed-here"])
      expect(new Secrets({ api_key }, undefined).guard).toBeUndefined();
    expect(new Secrets({ headers: { "X-Env": "production-eu-west-1" } }, undefined).guard).toBeUndefined();
    expect(holds("how do keys such as sk-ant-api03-… look?")).toBe(false);
  });

  test("a text in pieces is found whatever its cuts, and no other is", () => {
    const runs = ["abcabd", "bcabda", "aaaaab", "xyz/ab"];
    const finder = new RunFinder(runs);
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "x", "y", "z", "/", "é"), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.constantFrom("", ...runs), text, fc.array(fc.nat(120)), (before, run, after, cuts) => {
        const whole = before + run + after;
        const ends = [...cuts.filter((cut) => cut < whole.length), whole.length].sort((a, b) => a - b);
        const expected = runs.some((one) => whole.includes(one));
        const strings = finder.follow();
        const bytes = finder.follow();
        let from = 0;
        let found = [false, false];
        for (const end of ends) {
          const piece = whole.slice(from, end);
          const raw = Buffer.from(`"${piece.replaceAll("/", "\\/")}"`);
          found = [found[0] || strings.take(piece), found[1] || bytes.takeBytes(raw, 1, raw.length - 1)];
          from = end;
        }
        expect(found).toEqual([expected, expected]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("the work for a byte does not grow with the number of secrets", () => {
    const headers = Object.fromEntries(
      Array.from({ length: 64 }, (_, at) => [`x-key-${at}`, `${at}-${"0123456789abcdef".repeat(8)}${at}`]),
    );
    // All of them together are one table; none is too large for it.
    expect(new Secrets({ headers, api_key: "k1".repeat(4096) }, undefined).guard).toBeDefined();
  });
});
