import { describe, expect, test } from "bun:test";
import { EnvironmentError, parseEnvironment } from "../base/environment.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { readCloudYaml } from "./read-cloud-yaml.ts";

// A message may say where and what is wrong, but never repeat what could be a key.

const keys = [
  "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x",
  "sk-ant-api03-aBcDeFgHiJkLmNoPqRsT",
  "AIzaSyA1234567890abcdefghijklmnopqrstu",
  "0123456789abcdef0123456789abcdef",
  "3f2b8c1e-9d4a-4b7c-8e1f-2a3b4c5d6e7f",
];

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${Bun.inspect(error.cause)}` : String(error);
  }
  return "";
}

/** The key, or so much of it that it is of use. */
function expectHidden(message: string, key: string): void {
  for (let at = 0; at + 9 <= key.length; at++) expect(message).not.toContain(key.slice(at, at + 9));
}

describe.each(keys)("the key %s", (key) => {
  test.each([
    `api_key: ${key}\n  name: x`,
    `api_key: "${key}`,
    `api_key: '${key}`,
    `api_key: {${key}`,
    `api_key: [${key}`,
    `api_key: *${key}`,
    `api_key: &${key} *${key}`,
    `api_key: &a [*a, ${key}]`,
    `api_key: !${key} x`,
    `api_key: !!${key} x`,
    `api_key: %${key}\n%${key}`,
    `%${key}\n---\na: 1`,
    `api_key: @${key}`,
    `api_key: \`${key}`,
    `api_key: "\\q${key}"`,
    `"${key}": 1\n"${key}": 2`,
    `a: b: ${key}`,
    `- a\n${key}: b`,
    `\t${key}: b`,
    `a: |${key}`,
    `a: 1\n---\n${key}: 2`,
    `? ${key}\n: [`,
    `<<: ${key}`,
    `{"api_key": "${key}", }}`,
  ])("in malformed YAML: %s", (text) => {
    const message = messageOf(() => readCloudYaml(text));
    expectHidden(message, key);
    if (message !== "") expect(message).not.toBe("undefined");
  });

  test("in each wrong field", () => {
    const provider = { name: "p", vendor: "openai", api_key: "right" };
    const price = { currency: "USD", input: 1, output: 1 };
    const model = { name: "m", targets: [{ provider: "p", model: "m" }], price };
    const base = { providers: [provider], models: [model], projects: [{ name: "default" }] };
    const wrong: unknown[] = [
      key,
      { ...base, [key]: 1 },
      { ...base, providers: key },
      ...Object.keys({ ...provider, base_url: 1, apis: 1, region: 1, timeouts: 1, headers: 1, tls: 1 }).map(
        (field) => ({
          ...base,
          providers: [{ ...provider, [field]: field === "name" ? `${key} ` : key }],
        }),
      ),
      { ...base, providers: [{ ...provider, vendor: key }] },
      { ...base, providers: [{ ...provider, apis: [key] }] },
      { ...base, providers: [{ ...provider, [key]: "x" }] },
      { ...base, providers: [{ ...provider, headers: { [`${key} `]: "x" } }] },
      { ...base, models: [{ ...model, targets: [{ provider: key, model: "m" }] }] },
      { ...base, models: [{ ...model, targets: [{ provider: "p", model: `${key} ` }] }] },
      { ...base, models: [{ ...model, targets: [{ provider: "p", model: "m", api: key }] }] },
      { ...base, models: [{ ...model, price: { ...price, currency: key } }] },
      { ...base, models: [{ ...model, price: { ...price, input: key } }] },
      { ...base, projects: [{ name: "default", models: [key] }] },
      { ...base, projects: [{ name: "default", currency: key }] },
      { ...base, cors: { origins: [key] } },
    ];
    for (const value of wrong)
      expectHidden(
        messageOf(() => parseCloudConfig(value)),
        key,
      );
  });

  test("in a wrong environment variable", () => {
    for (const name of ["SAHAB_PORT", "SAHAB_WORKERS", "SAHAB_LOG", "SAHAB_DATABASE_URL", "HTTPS_PROXY", "HTTP_PROXY"])
      expectHidden(
        messageOf(() => parseEnvironment({ [name]: key })),
        key,
      );
  });
});

test("a fault says where it is and what is wrong, and words are shown", () => {
  expect(messageOf(() => readCloudYaml("a: 1\nb: [1, 2"))).toMatch(/^line 2, column \d+: /);
  expect(messageOf(() => parseCloudConfig({ providers: [{ name: "p", vendor: "opnai" }] }))).toContain('found "opnai"');
  expect(messageOf(() => parseEnvironment({ SAHAB_PORT: "http" }))).toContain('"http"');
  expect(() => parseEnvironment({ SAHAB_PORT: "http" })).toThrow(EnvironmentError);
});
