import { describe, expect, test } from "bun:test";
import { baseAddressOf, catalogPartOf, vendors, withoutVendorKeys } from "../vendor/index.ts";
import { parseStoredConfig, type ProviderConfig } from "./cloud-config.ts";
import { describePlain, withSecrets } from "./describe-plain.ts";
import {
  describeMissing,
  describeOwnAddress,
  readEnvironmentProviders,
  withEnvironment,
} from "./environment-providers.ts";

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
    COHERE_API_KEY: "",
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
  const ark = "https://ark.ap-southeast.bytepluses.com/api/v3";
  expect(placeOf({ ARK_API_KEY: "the-key", ARK_BASE_URL: ark })).toEqual([ark, "byteplus"]);
  const zai = "https://api.z.ai/api/paas/v4";
  const both = { ZHIPU_API_KEY: "of-zhipu", ZAI_API_KEY: "of-zai" };
  expect(read({ ...both, ZAI_BASE_URL: zai }).providers[0]).toMatchObject({ api_key: "of-zai", region: "intl" });
  const { providers, warnings } = read({ ...both, ZHIPU_API_KEY_2: "of-zhipu-2" });
  expect(providers).toMatchObject([{ api_keys: ["of-zhipu", "of-zhipu-2"] }]);
  expect(warnings).toEqual([expect.stringContaining("ZAI_API_KEY is not used, since ZHIPU_API_KEY is set")]);
  expect(read({ GEMINI_API_KEY: "a-key", GOOGLE_API_KEY: "a-key" }).warnings).toEqual([]);
});

test.each<[ProviderConfig["vendor"], string, string]>([
  ["alibaba", "https://dashscope-intl.aliyuncs.com", "alibaba"],
  ["alibaba", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "alibaba"],
  ["alibaba", "https://DashScope-Intl.aliyuncs.com:443/apps/anthropic/", "alibaba"],
  ["alibaba", "https://dashscope-us.aliyuncs.com/api/v1", "alibaba"],
  ["alibaba", "https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1", "alibaba"],
  ["alibaba", "https://dashscope.aliyuncs.com/compatible-mode/v1", "alibaba-cn"],
  ["alibaba", "https://ws-1a2b.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "alibaba"],
  ["alibaba", "https://ws-1a2b.eu-central-1.maas.aliyuncs.com", "alibaba"],
  ["alibaba", "https://ws-1a2b.cn-beijing.maas.aliyuncs.com", "alibaba-cn"],
  ["alibaba", "https://ap-southeast-1.maas.aliyuncs.com.proxy.example", "alibaba-cn"],
  ["moonshot", "https://api.moonshot.cn/v1", "moonshotai-cn"],
  ["moonshot", "https://api.moonshot.cn/anthropic", "moonshotai-cn"],
  ["moonshot", "https://api.moonshot.ai/v1", "moonshotai"],
  ["zhipu", "https://api.z.ai/api/anthropic", "zai"],
  ["zhipu", "https://open.bigmodel.cn/api/anthropic", "zhipuai"],
  ["minimax", "https://api.minimaxi.com/anthropic/v1", "minimax-cn"],
  ["minimax", "https://api.minimax.io/v1", "minimax"],
  ["siliconflow", "https://api.siliconflow.cn/v1", "siliconflow-cn"],
  ["siliconflow", "https://api.siliconflow.com/v1", "siliconflow"],
  ["bytedance", "https://ark.ap-southeast.bytepluses.com", "byteplus"],
  ["bytedance", "https://ark.eu-west.bytepluses.com/api/v3", "byteplus"],
  ["bytedance", "https://ark.us-east.bytepluses.com/api/v3", "byteplus"],
  ["bytedance", "https://ark.cn-beijing.volces.com/api/compatible", "bytedance"],
])("%s at %s costs what the catalogue's %s says", (vendor, base_url, part) => {
  expect(catalogPartOf({ vendor, base_url })).toBe(part);
});

test("each region of a vendor has prices of its own, or those of a region that has", () => {
  for (const [vendor, { regions = {}, catalogParts }] of Object.entries(vendors))
    if (catalogParts && Object.keys(regions).some((region) => region in catalogParts))
      expect([vendor, Object.keys(regions).toSorted()]).toEqual([vendor, Object.keys(catalogParts).toSorted()]);
});

test("what a declared provider's models cost is told by its address, too, unless it names a region", () => {
  const vendor = "zhipu" as const;
  expect(catalogPartOf({ vendor, base_url: "https://api.z.ai/api/anthropic" })).toBe("zai");
  expect(catalogPartOf({ vendor, base_url: "https://api.z.ai/api/anthropic", region: "cn" })).toBe("zhipuai");
  expect(catalogPartOf({ vendor, base_url: "https://proxy.example/v1" })).toBe("zhipuai");
});

test("a key of only white space is told, and an empty one is as if it were not set", () => {
  const { providers, warnings } = read({ DEEPSEEK_API_KEY: " ", OPENAI_API_KEY: "" });
  expect(providers).toEqual([]);
  expect(warnings).toEqual(["DEEPSEEK_API_KEY is not used: it has only white space"]);
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

describe("vendors that the machine's own credentials open", () => {
  const aws = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-west-1" };
  const google = { GOOGLE_APPLICATION_CREDENTIALS: "/sa.json", GOOGLE_VERTEX_PROJECT: "p-1" };

  test.each<[Record<string, string>, string]>([
    [aws, "bedrock"],
    [{ AWS_PROFILE: "work", AWS_DEFAULT_REGION: "us-east-1" }, "bedrock"],
    [{ AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: "arn:x", AWS_REGION: "us-east-1" }, "bedrock"],
    [{ ...google, GOOGLE_VERTEX_LOCATION: "europe-west1" }, "vertex"],
    [{ ...google, GOOGLE_CLOUD_LOCATION: "global" }, "vertex"],
  ])("%j: %s, without a key", (variables, vendor) => {
    const { providers, warnings } = read(variables);
    expect(providers).toEqual([{ name: vendor, vendor, catalog: true } as ProviderConfig]);
    expect(warnings).toEqual([]);
  });

  test("they are many a machine's for another end: without the vendor's address nothing is said of them", () => {
    const { AWS_REGION: _, ...placeless } = aws;
    for (const variables of [placeless, { AWS_REGION: "eu-west-1" }, { GOOGLE_APPLICATION_CREDENTIALS: "/sa.json" }])
      expect(read(variables)).toEqual({ providers: [], warnings: [] });
    const { GOOGLE_APPLICATION_CREDENTIALS: __, ...project } = google;
    expect(read(project)).toEqual({ providers: [], warnings: [] });
  });

  test("half an address of Vertex is told", () => {
    const { providers, warnings } = read(google);
    expect(providers).toEqual([]);
    expect(warnings).toEqual([
      "GOOGLE_APPLICATION_CREDENTIALS is not used for vertex: its address is not known; set GOOGLE_VERTEX_LOCATION or GOOGLE_CLOUD_LOCATION, or declare a provider in cloud.yaml",
    ]);
  });

  test("a key of Bedrock comes before them", () => {
    expect(read({ ...aws, AWS_BEARER_TOKEN_BEDROCK: "the-key" }).providers).toMatchObject([{ api_key: "the-key" }]);
  });
});

test("a key whose vendor's address is not known is told and offers no models", () => {
  for (const [variables, missing] of [
    [{ AZURE_API_KEY: "the-key" }, "AZURE_RESOURCE_NAME or AZURE_OPENAI_RESOURCE_NAME, or AZURE_OPENAI_ENDPOINT"],
    [{ AWS_BEARER_TOKEN_BEDROCK: "the-key" }, "AWS_REGION or AWS_DEFAULT_REGION"],
    [{ AZURE_API_KEY: "the-key", AZURE_RESOURCE_NAME: "evil.example/" }, "AZURE_RESOURCE_NAME"],
  ] as const) {
    const { providers, warnings } = read(variables);
    expect(providers).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(`: its address is not known; set ${missing}`)]);
    expect(warnings.join()).not.toContain("the-key");
  }
  expect(read({ AZURE_API_KEY: "the-key", AZURE_RESOURCE_NAME: "mine" }).providers).toHaveLength(1);
  const [provider] = read({ AZURE_API_KEY: "k", AZURE_OPENAI_ENDPOINT: "https://mine.openai.azure.com/" }).providers;
  expect(provider).toMatchObject({ vendor: "azure-openai", base_url: "https://mine.openai.azure.com" });
});

test("each vendor that has an address of its own can be there by the environment, and says what it lacks", () => {
  for (const [name, { baseUrl, keyVariables, machineVariables }] of Object.entries(vendors)) {
    const isLocal = baseUrl === undefined || /localhost|127\.0\.0\.1/.test(baseUrl);
    expect([name, keyVariables !== undefined || machineVariables !== undefined]).toEqual([name, !isLocal]);
  }
  for (const provider of ["vertex", "bedrock"])
    expect(
      describeMissing(parseStoredConfig({ models: [{ name: "m", targets: [{ provider, model: "x" }] }] }), read({})),
    ).toEqual([expect.stringMatching(/(?:GOOGLE_APPLICATION_CREDENTIALS|AWS_BEARER_TOKEN_BEDROCK).* is not set/)]);
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

test("addresses that lead back here, or that others on the way can read, are told", () => {
  const providerOf = (base_url: string, more: object = {}) =>
    parseStoredConfig({ providers: [{ name: "p", vendor: "compatible", base_url, ...more }] });
  const reached = "localhost:8787";
  for (const address of ["http://127.0.0.1:8787/v1", "http://localhost:8787", "http://[::1]:8787/v1"])
    expect(describeOwnAddress(providerOf(address), reached)).toEqual([
      "provider p: base_url is the address of this Sahab itself, so that calls go round in a circle",
    ]);
  expect(describeOwnAddress(providerOf("https://ai.example.com/v1"), "ai.example.com")).toHaveLength(1);
  for (const address of ["http://127.0.0.1:8000/v1", "https://api.example.com/v1"])
    for (const host of [reached, "a b", undefined]) expect(describeOwnAddress(providerOf(address), host)).toEqual([]);

  const plain = "http://models.example.com/v1";
  expect(describePlain(withSecrets(providerOf(plain, { api_key: "sk-1" })))).toEqual([
    expect.stringContaining("calls to provider p can be read on the way, key and prompts included"),
  ]);
  for (const address of ["https://models.example.com/v1", "http://127.0.0.1:1/v1"])
    expect(describePlain(withSecrets(providerOf(address, { api_key: "sk-1" })))).toEqual([]);
  expect(describePlain(withSecrets(providerOf(plain)))).toEqual([]);
});
