import type { Agent } from "../agent.ts";

/**
 * aider (Apache-2.0), which has no tools: a model says its edits, and hears what a test says of them. The test wants
 * the second file, so that there is a second turn. It asks for a list of prices at its start, and goes on without.
 */
export const aider: Agent = {
  name: "aider",
  title: "aider",
  from: "PyPI",
  package: "aider-chat",
  version: "0.86.2",
  program: "aider",
  api: "chat",
  connect: "aider",
  env: { AIDER_ANALYTICS_DISABLE: "true", AIDER_CHECK_UPDATE: "false", LITELLM_LOCAL_MODEL_COST_MAP: "True" },
  run: (prompt) => [
    ..."--no-git --yes-always --no-show-model-warnings --no-show-release-notes --no-check-update".split(" "),
    ..."--analytics-disable --no-detect-urls --no-pretty --edit-format diff --auto-test".split(" "),
    ..."--reasoning-effort high --no-check-model-accepts-settings".split(" "),
    "--test-cmd",
    "test -s second.txt || { echo second.txt is empty; exit 1; }",
    "--message",
    prompt,
    "first.txt",
    "second.txt",
  ],
  writes: {
    by: "text",
    say: (file, text) => `${file}\n\`\`\`\n<<<<<<< SEARCH\n=======\n${text}\n>>>>>>> REPLACE\n\`\`\`\n`,
  },
  faults: [["busy", "busy"], ["cut"]],
};
