import { OutputParser } from "../output-parser.ts";
import { ChannelParser } from "./channel-parser.ts";
import { forcedForm } from "./families.ts";
import type { OutputReader } from "./parts.ts";
import type { CallableTools, OutputRules } from "./rules.ts";

export { chooseRules, forcedForm, genericRules, isSeen } from "./families.ts";
export type { OutputPart, OutputReader } from "./parts.ts";
export type { CallableTools, OutputRules } from "./rules.ts";

interface OutputOptions {
  /** The prompt ends inside a think block. */
  startsInReasoning: boolean;
  /** The answer may hold thoughts; a plain completion does not. */
  mayReason: boolean;
  callableTools: CallableTools;
  /** A grammar makes the model call a tool at once. */
  isForced: boolean;
}

/** Reads what a model writes by the rules of its family. */
export function readOutput(rules: OutputRules, { isForced, ...options }: OutputOptions): OutputReader {
  const { channels } = rules;
  const { callableTools, mayReason } = options;
  const isInChannels = !isForced || forcedForm(rules, [...callableTools.keys()]) === rules.forced;
  if (!channels || !mayReason || !isInChannels) return new OutputParser(options, rules);
  return new ChannelParser(channels, { callableTools, isForced });
}
