import { expect, test } from "bun:test";
import { parseOptions } from "./options.ts";

function parse(...args: string[]) {
  const options = parseOptions(args);
  if (options === "help") throw new Error("asks for help");
  return options;
}

test("every peer takes part unless said otherwise", () => {
  expect([...parse().peers]).toEqual(["vllm-router", "sglang-router", "nginx", "LiteLLM", "Portkey", "llama-server"]);
  expect([...parse("--no-portkey").peers]).toEqual([
    "vllm-router",
    "sglang-router",
    "nginx",
    "LiteLLM",
    "llama-server",
  ]);
  expect([...parse("--peers", "none").peers]).toEqual([]);
  expect([...parse("--peers", "NGINX, litellm").peers]).toEqual(["nginx", "LiteLLM"]);
});

test("a name that is not known is refused with those that are", () => {
  expect(() => parseOptions(["--peers", "nginx,varnish"])).toThrow(/"varnish".*vllm-router/);
  expect(() => parseOptions(["--only", "tsl"])).toThrow(/"tsl".*tls/);
  expect(() => parseOptions(["--report-records", "many"])).toThrow(/--report-records is "many"/);
});

test("--only takes the parts that it names", () => {
  expect([...parse("--only", "tls,translated, report").only]).toEqual(["tls", "translated", "report"]);
});
