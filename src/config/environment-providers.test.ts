import { expect, test } from "bun:test";
import { baseAddressOf, catalogPartOf, vendors, withoutVendorKeys } from "../vendor/index.ts";
import { parseStoredConfig } from "./cloud-config.ts";
import { describeMissing, readEnvironmentProviders, withEnvironment } from "./environment-providers.ts";

const own = { host: "127.0.0.1", port: 8787 };
const read = (variables: Record<string, string>) => readEnvironmentProviders(variables, own);

test("each vendor's usual variable makes it a provider of its name", () => {
  const variables = {
    DASHSCOPE_API_KEY: "sk-a",
    DEEPSEEK_API_KEY: " sk-b\n",
    ARK_API_KEY: "c",
    OPENAI_API_KEY: '"sk-d"',
    XAI_API_KEY: "e",
    ANTHROPIC_API_KEY: "f",
    GEMINI_API_KEY: "g",
    UNKNOWN_API_KEY: "h",
    COHERE_API_KEY: "  ",
  };
  const { providers, warnings } = read(variables);
  expect(providers.map(({ name, vendor, api_key }) => [name, vendor, api_key])).toEqual([
    ["alibaba", "alibaba", "sk-a"],
    ["anthropic", "anthropic", "f"],
    ["bytedance", "bytedance", "c"],
    ["deepseek", "deepseek", "sk-b"],
    ["google", "google", "g"],
    ["openai", "openai", "sk-d"],
    ["xai", "xai", "e"],
  ]);
  expect(providers.every(({ catalog }) => catalog)).toBe(true);
  expect(warnings).toEqual([]);
  expect(read({})).toEqual({ providers: [], warnings: [] });
});

test("further keys are in the same variable, or in numbered ones", () => {
  const [provider] = read({
    OPENAI_API_KEY: "sk-1,sk-2",
    OPENAI_API_KEY_2: "sk-3",
    OPENAI_API_KEY_4: "sk-1",
  }).providers;
  expect(provider?.api_keys).toEqual(["sk-1", "sk-2", "sk-3"]);
  const many = read({ OPENAI_API_KEY: Array.from({ length: 30 }, (_, index) => `sk-${index}`).join(",") });
  expect(many.providers[0]?.api_keys).toHaveLength(16);
  expect(many.warnings.join()).toContain("of 30 keys the first 16 are used");
});

test("a variable that belongs to one region of a vendor leads to that region's address and prices", () => {
  const placeOf = (variables: Record<string, string>) => {
    const [provider, ...others] = read(variables).providers;
    if (!provider || others.length > 0) throw new Error(`${others.length} more providers`);
    return [baseAddressOf(vendors[provider.vendor], provider, {}), catalogPartOf(provider)];
  };
  for (const [name, address, part] of [
    ["SILICONFLOW_API_KEY", "https://api.siliconflow.com/v1", "siliconflow"],
    ["SILICONFLOW_CN_API_KEY", "https://api.siliconflow.cn/v1", "siliconflow-cn"],
    ["MINIMAX_API_KEY", "https://api.minimax.io/v1", "minimax"],
    ["MINIMAX_CN_API_KEY", "https://api.minimaxi.com/v1", "minimax-cn"],
    ["ZHIPU_API_KEY", "https://open.bigmodel.cn/api/paas/v4", "zhipuai"],
    ["ZHIPUAI_API_KEY", "https://open.bigmodel.cn/api/paas/v4", "zhipuai"],
    ["ZAI_API_KEY", "https://api.z.ai/api/paas/v4", "zai"],
    ["ARK_API_KEY", "https://ark.cn-beijing.volces.com/api/v3", "bytedance"],
    ["BYTEPLUS_API_KEY", "https://ark.ap-southeast.bytepluses.com/api/v3", "byteplus"],
    ["DASHSCOPE_API_KEY", "https://dashscope.aliyuncs.com", "alibaba-cn"],
    ["MOONSHOT_API_KEY", "https://api.moonshot.ai/v1", "moonshotai"],
  ] as const)
    expect([name, placeOf({ [name]: "the-key" })]).toEqual([name, [address, part]]);
  // An address of a region tells it, too, and which of the keys is meant.
  const intl = "https://dashscope-intl.aliyuncs.com/api/v1";
  expect(placeOf({ DASHSCOPE_API_KEY: "the-key", DASHSCOPE_HTTP_BASE_URL: intl })).toEqual([intl, "alibaba"]);
  const cn = "https://open.bigmodel.cn/api/paas/v4";
  expect(placeOf({ ZAI_API_KEY: "the-key", ZAI_BASE_URL: cn })).toEqual([cn, "zhipuai"]);
  const zai = "https://api.z.ai/api/paas/v4";
  const both = { ZHIPU_API_KEY: "of-zhipu", ZAI_API_KEY: "of-zai" };
  expect(read({ ...both, ZAI_BASE_URL: zai }).providers[0]).toMatchObject({ api_key: "of-zai", region: "intl" });
  const { providers, warnings } = read({ ...both, ZHIPU_API_KEY_2: "of-zhipu-2" });
  expect(providers).toMatchObject([{ api_keys: ["of-zhipu", "of-zhipu-2"] }]);
  expect(warnings).toEqual([expect.stringContaining("ZAI_API_KEY is not used, since ZHIPU_API_KEY is set")]);
  expect(read({ GEMINI_API_KEY: "a-key", GOOGLE_API_KEY: "a-key" }).warnings).toEqual([]);
});

test("what a declared provider's models cost is told by its address, too, unless it names a region", () => {
  const vendor = "zhipu" as const;
  expect(catalogPartOf({ vendor, base_url: "https://api.z.ai/api/anthropic" })).toBe("zai");
  expect(catalogPartOf({ vendor, base_url: "https://api.z.ai/api/anthropic", region: "cn" })).toBe("zhipuai");
  expect(catalogPartOf({ vendor, base_url: "https://proxy.example/v1" })).toBe("zhipuai");
});

test("what is no key is told and not used, and its value is not told", () => {
  for (const key of [
    "<your key>",
    "sk-...",
    "your-api-key",
    "sk-xxxxxxxx",
    "$OPENAI_API_KEY",
    "sk-a b",
    "sk-sahab-abc",
    "env:KEY",
  ]) {
    const { providers, warnings } = read({ OPENAI_API_KEY: key });
    expect([key, providers, warnings.length]).toEqual([key, [], 1]);
    expect(warnings[0]).toStartWith("OPENAI_API_KEY is not used: ");
    expect(warnings[0]).not.toContain(key);
  }
  const { providers } = read({ OPENAI_API_KEY: "sk-...", OPENAI_API_KEY_2: "sk-good" });
  expect(providers[0]?.api_key).toBe("sk-good");
});

test("the SDKs' variables for another address go with the key, where that is safe", () => {
  const at = (OPENAI_BASE_URL: string, OPENAI_API_KEY = "sk-good") => read({ OPENAI_API_KEY, OPENAI_BASE_URL });
  expect(at("https://proxy.example/v1/").providers[0]?.base_url).toBe("https://proxy.example/v1");
  expect(at("http://127.0.0.1:9000/v1").providers[0]?.base_url).toBe("http://127.0.0.1:9000/v1");
  expect(at("https://other.example/v1", "sk-sahab-of-another").providers).toHaveLength(1);
  expect(read({ ANTHROPIC_API_KEY: "k", OPENAI_BASE_URL: "nonsense" }).warnings).toEqual([]);
  for (const [address, why] of [
    ["http://127.0.0.1:8787/v1", "this Sahab itself"],
    ["http://localhost:8787/v1", "this Sahab itself"],
    ["http://10.0.0.9/v1", "plain http"],
    ["ftp://x", "no address"],
    ["https://user:secret-word@host/v1", "no address"],
  ] as const) {
    const { providers, warnings } = at(address);
    // The key is not sent to the vendor either: it may be the proxy's.
    expect(providers).toEqual([]);
    expect(warnings.join()).toContain(why);
    expect(warnings.join()).not.toContain("secret-word");
  }
});

test("a declared provider wins over one of its name or its vendor", () => {
  const environment = read({ OPENAI_API_KEY: "sk-e", XAI_API_KEY: "x-e" });
  const names = (providers: object[]) =>
    withEnvironment(parseStoredConfig({ providers, models: [] }), environment).providers.map(({ name, vendor }) => [
      name,
      vendor,
    ]);
  expect(names([])).toEqual([
    ["openai", "openai"],
    ["xai", "xai"],
  ]);
  const elsewhere = { name: "openai", vendor: "compatible", base_url: "http://127.0.0.1:1" };
  expect(names([elsewhere])).toEqual([
    ["openai", "compatible"],
    ["xai", "xai"],
  ]);
  expect(names([{ name: "team-openai", vendor: "openai" }])).toEqual([
    ["team-openai", "openai"],
    ["xai", "xai"],
  ]);
});

test("models may name a vendor of the environment, and it is told when its key is not there", () => {
  const config = parseStoredConfig({
    models: [{ name: "m", targets: [{ provider: "deepseek", model: "deepseek-flash" }] }],
  });
  expect(describeMissing(config, read({}))).toEqual([expect.stringContaining("DEEPSEEK_API_KEY is not set")]);
  expect(describeMissing(config, read({ DEEPSEEK_API_KEY: "sk-d" }))).toEqual([]);
  expect(() =>
    parseStoredConfig({ models: [{ name: "m", targets: [{ provider: "compatible", model: "x" }] }] }),
  ).toThrow("not among the providers");
});

test("programs that are started get none of the vendors' keys", () => {
  const left = withoutVendorKeys({
    PATH: "/bin",
    OPENAI_API_KEY: "a",
    OPENAI_API_KEY_2: "b",
    GOOGLE_API_KEY: "c",
    VAULT_TOKEN: "d",
  });
  expect(left).toEqual({ PATH: "/bin", VAULT_TOKEN: "d" });
  const names = Object.values(vendors).flatMap(({ keyVariables }) => keyVariables ?? []);
  expect(withoutVendorKeys(Object.fromEntries(names.map((name) => [name, "key"])))).toEqual({});
  expect(new Set(names).size).toBe(names.length);
});
