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
  run: (prompt) => [...options, prompt],
  goOn: (prompt) => ["--continue", ...options, prompt],
  writes: { by: "tool", tool: "write_file", arguments: (path, text) => ({ path, text }) },
};

const tool = `def write_file(path: str, text: str) -> str:
    "Writes a file."
    open(path, "w").write(text)
    return "written"
`;

const options = ["--functions", tool, "--chain-limit", "9", ..."--option reasoning_effort high".split(" ")];
