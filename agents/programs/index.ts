import type { Agent } from "../agent.ts";
import { aider } from "./aider.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { continueCli } from "./continue.ts";
import { geminiCli } from "./gemini-cli.ts";
import { llm } from "./llm.ts";
import { opencode } from "./opencode.ts";
import { qwenCode } from "./qwen-code.ts";

export const agents: readonly Agent[] = [codex, claudeCode, geminiCli, qwenCode, opencode, continueCli, aider, llm];
