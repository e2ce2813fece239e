import { expect, test } from "bun:test";
import { findDoubts } from "./find-doubts.ts";
import { findSharedCaches } from "./find-shared-caches.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";

const found = (provider: object, projects: object[] = [{ name: "a" }, { name: "b" }]) =>
  findSharedCaches(
    parseCloudConfig({
      providers: [{ name: "p", base_url: "http://127.0.0.1:1", ...provider }],
      models: [
        { name: "m", targets: [{ provider: "p", model: "m" }], price: { currency: "USD", input: 1, output: 1 } },
      ],
      projects,
    }),
  ).map(({ detail }) => detail);

test("a provider that projects share is told where neither a tag nor hidden counts keep them apart", () => {
  expect(found({ vendor: "compatible" })).toEqual([expect.stringMatching(/^provider p: 2 projects share .*\(chat\)/)]);
  expect(found({ vendor: "anthropic" })).toHaveLength(1);
  expect(found({ vendor: "vllm", cache_tag: "none" })).toHaveLength(1);
  expect(found({ vendor: "vllm", apis: ["chat", "messages"] })).toEqual([expect.stringContaining("(messages)")]);
  for (const provider of [
    { vendor: "vllm" },
    { vendor: "deepseek" },
    { vendor: "compatible", cache_tag: "cache_salt" },
    { vendor: "compatible", isolate_cache: true },
  ])
    expect(found(provider)).toEqual([]);
  const hidden = { isolate_cache: true };
  expect(found({ vendor: "compatible" }, [{ name: "a", ...hidden }, { name: "b" }])).toHaveLength(1);
  expect(
    found({ vendor: "compatible" }, [
      { name: "a", ...hidden },
      { name: "b", ...hidden },
    ]),
  ).toEqual([]);
  expect(found({ vendor: "compatible" }, [{ name: "a" }])).toEqual([]);
  expect(found({ vendor: "compatible" }, [{ name: "a" }, { name: "b", models: [] }])).toEqual([]);
});

test("what pass_fields need not list is told, since it may be misspelled", () => {
  const pass_fields = ["chat_template_kwargs", "tools.mcp", "tools.mpc", "temperature"];
  const providers = [{ name: "p", vendor: "vllm", base_url: "http://127.0.0.1:1/v1", pass_fields }];
  expect(findDoubts(parseCloudConfig({ providers, projects: [{ name: "default" }] }))).toEqual([
    expect.stringContaining("misspelled: tools.mpc, temperature"),
  ]);
});

test.each([
  [{ cache_tag: "salt" }, 'expected "cache_salt" or "user_id" or "prompt_cache_isolation_key" or "none"; found "salt"'],
  [{ batches: "both" }, 'expected "vendor" or "sahab"; found "both"'],
  [{ isolate_cache: "yes" }, 'expected true or false; found "yes"'],
  [{ pass_fields: ["a b"] }, "expected a field's name: 1 to 128 printable ASCII characters"],
])("a setting that can't be is named: %j", (fields, problem) => {
  expect(() => found({ vendor: "vllm", ...fields })).toThrow(problem);
});
