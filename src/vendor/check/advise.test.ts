import { expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { dialects } from "../../dialect/registry.ts";
import { Provider, type ProviderOptions } from "../provider.ts";
import { describeFault, type Origin } from "./advise.ts";
import type { StepName } from "./report.ts";

const refused = new SahabError(
  "upstream_authentication",
  "Provider p: the vendor refused the credentials (status 401)",
);
const advice = (options: Omit<ProviderOptions, "name">, origin: Origin = "configuration", step: StepName = "key") =>
  describeFault(new Provider({ name: "p", api_key: "sk-of-this-test", ...options }, dialects), origin, step, refused);

test("a refused key: the field or the variable that holds it", () => {
  expect(advice({ vendor: "openai" })).toBe(
    "the vendor refused the credentials (status 401). Look at api_key of provider p",
  );
  expect(advice({ vendor: "openai", keyPlace: 2 })).toEndWith("Look at api_keys[1] of provider p");
  expect(advice({ vendor: "openai", secretReferences: ["env:TEAM_KEY"] })).toEndWith(
    "Look at api_key of provider p (env:TEAM_KEY)",
  );
  expect(advice({ vendor: "google" }, "environment")).toEndWith(
    "Look at GEMINI_API_KEY or GOOGLE_API_KEY where the server was started",
  );
  expect(advice({ vendor: "openai", keyPlace: 11 }, "environment")).toEndWith("of its keys the 11th");
  expect(advice({ vendor: "bedrock", region: "eu-central-1", api_key: null })).toContain(
    "Look at the credentials of the machine",
  );
});

test("a refused key of a vendor with regions: which one is asked, and how another is", () => {
  expect(advice({ vendor: "alibaba" })).toContain(
    "It asks region cn (https://dashscope.aliyuncs.com), where keys of other regions are refused: if the key is from another one, set region: intl, us, hk of provider p",
  );
  expect(advice({ vendor: "alibaba", region: "intl" })).toContain("region intl (https://dashscope-intl.aliyuncs.com)");
  expect(advice({ vendor: "alibaba" }, "environment")).toMatch(
    /declare provider p in cloud\.yaml with region: intl, us, hk, or set DASHSCOPE_HTTP_BASE_URL$/,
  );
  expect(advice({ vendor: "moonshot", region: "cn" })).toEndWith("set region: intl of provider p");
});

test("what is in the way: the field that names it", () => {
  const out = { vendor: "openai", base_url: "https://api.openai.com/v1" } as const;
  expect(advice(out, "environment", "name")).toMatch(
    /host of OPENAI_BASE_URL.*HTTPS_PROXY where the server is started/,
  );
  for (const origin of ["environment", "configuration"] as const)
    for (const step of ["name", "connection", "tls"] as const) {
      const unset = advice({ vendor: "openai" }, origin, step);
      expect([step, unset]).toEqual([step, expect.not.stringMatching(/base_url|BASE_URL/)]);
      expect(unset).toMatch(/Look (?:at this machine's DNS|for a firewall|for what answers)/);
    }
  expect(advice({ ...out, proxy: "http://proxy.example:3128" }, "configuration", "proxy")).toContain(
    "Look at proxy of provider p",
  );
  expect(advice({ ...out, base_url: "http://10.0.0.7:1/v1" }, "configuration", "connection")).toContain("HTTP_PROXY");
  const near = advice({ ...out, base_url: "http://127.0.0.1:1/v1" }, "configuration", "connection");
  expect(near).toContain("See whether what is to listen there runs");
  expect(near).not.toContain("PROXY");
});
