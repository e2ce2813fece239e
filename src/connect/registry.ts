import { askSimilar } from "../base/find-similar.ts";
import type { ClientProgram } from "./client-program.ts";
import { aider } from "./clients/aider.ts";
import { copilot, cursor, librechat, openWebui, roo, zed } from "./clients/by-hand.ts";
import { claudeCode } from "./clients/claude-code.ts";
import { cline } from "./clients/cline.ts";
import { codex } from "./clients/codex.ts";
import { continueDev } from "./clients/continue.ts";
import { crush } from "./clients/crush.ts";
import { gemini } from "./clients/gemini.ts";
import { goose } from "./clients/goose.ts";
import { kilo } from "./clients/kilo.ts";
import { llm } from "./clients/llm.ts";
import { opencode } from "./clients/opencode.ts";
import { qwenCode } from "./clients/qwen-code.ts";
import { anthropicSdk, googleSdk, openaiSdk } from "./clients/sdks.ts";

/** All that `sahab connect` knows, as it lists them. */
export const clientPrograms: readonly ClientProgram[] = [
  codex,
  claudeCode,
  gemini,
  qwenCode,
  opencode,
  cline,
  roo,
  kilo,
  continueDev,
  aider,
  goose,
  crush,
  copilot,
  cursor,
  zed,
  openWebui,
  librechat,
  llm,
  openaiSdk,
  anthropicSdk,
  googleSdk,
];

/** Throws an Error that says what there is. */
export function findClient(name: string): ClientProgram {
  const names = clientPrograms.map((program) => program.name);
  const found = clientPrograms.find((program) => program.name === name.toLowerCase());
  if (found) return found;
  throw new Error(`There is no ${name} here${askSimilar(name, names)} (${names.join(", ")}).`);
}
