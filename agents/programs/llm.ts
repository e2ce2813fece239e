import type { Agent } from "../agent.ts";

/** llm (Apache-2.0), with a tool in Python. */
export const llm: Agent = {
  name: "llm",
  title: "llm",
  from: "PyPI",
  package: "llm",
  version: "0.36",
  program: "llm",
  api: "chat",
  connect: "llm",
  files: ({ address, key, model }) => ({
    ".config/io.datasette.llm/extra-openai-models.yaml": `- model_id: ${model}
  model_name: ${model}
  api_base: ${address}/v1
  api_key_name: sahab
  supports_tools: true
`,
    ".config/io.datasette.llm/keys.json": JSON.stringify({ sahab: key }),
  }),
  run: (prompt, { model }) => ["--model", model, "--functions", tool, "--chain-limit", "9", prompt],
  goOn: (prompt, { model }) => ["--continue", "--model", model, "--functions", tool, prompt],
  writes: { by: "tool", tool: "write_file", arguments: (path, text) => ({ path, text }) },
};

const tool = `def write_file(path: str, text: str) -> str:
    "Writes a file."
    open(path, "w").write(text)
    return "written"
`;
