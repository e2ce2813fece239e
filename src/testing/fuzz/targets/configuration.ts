import { CloudConfigError, parseCloudConfig, readCloudYaml } from "../../../config/index.ts";
import { attempt, type Target } from "../target.ts";

const yaml = `providers:
  - name: gpu-box
    vendor: compatible
    base_url: http://10.0.0.7:8000/v1
    api_key: \${GPU_BOX_KEY}
    apis: [chat, messages]
    headers: { x-a: "b" }
    timeouts: { connect_ms: 1000 }
  - &a { name: anthropic, vendor: anthropic, api_key: sk-ant-1234567890 }
models:
  - name: chat
    targets:
      - { provider: gpu-box, model: qwen3-32b, weight: 2, priority: 1 }
      - { provider: anthropic, model: claude, api: messages }
    price: { currency: USD, input: 0.10, cached_input: 0.02, output: 0.40 }
  - name: nano
    local: { file: nano.gguf, context: 4096, slots: 4 }
projects:
  - name: default
cors: { origins: ["https://a.example"] }
batches: { requests_at_once: 4 }
`;

/** A configuration is one, or an error that says what is wrong. */
export const configuration: Target = {
  name: "configuration",
  seeds: [yaml, JSON.stringify(Bun.YAML.parse(yaml)), "a: &b [*b]\n", "<<: {}\n", "? [a]\n: |\n  b\n"],
  words: [
    ..."\n  |: |- |[|]|{|}|&a |*a|<<: |!!str |!!binary |'|\"|#|---\n|...\n|null|~|1e3|0x1|.inf|2020-01-01|%YAML 1.1\n".split(
      "|",
    ),
    ..."|>-".split(""),
  ],
  run(input) {
    const read = attempt(() => readCloudYaml(input.toString("utf8"), 64 * 1024), isSentence);
    if (read.error) return;
    const parsed = attempt(
      () => parseCloudConfig(read.value),
      (error) => error instanceof CloudConfigError,
    );
    if (parsed.value) JSON.stringify(parsed.value);
  },
};

/** Of the parser's own, with a place, or of ours. */
const isSentence = (error: Error) =>
  /^(?:Error|YAML\w*Error|SyntaxError)$/.test(error.name) || error.message.startsWith("Unresolved alias");
