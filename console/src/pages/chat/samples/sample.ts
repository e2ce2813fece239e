import type { ChatCall } from "../chat-request.ts";
import {
  anthropicSample,
  arkSample,
  dashscopeSample,
  deepseekSample,
  geminiSample,
  openaiChatSample,
  responsesSample,
  type DialectSample,
} from "./dialects.ts";
import { writeCurl } from "./curl.ts";
import { writePython } from "./python.ts";
import { writeTypescript } from "./typescript.ts";

export const sampleDialects = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
  "dashscope",
  "ark",
  "deepseek",
] as const;
export type SampleDialect = (typeof sampleDialects)[number];
export const sampleLanguages = ["curl", "python", "typescript"] as const;
export type SampleLanguage = (typeof sampleLanguages)[number];

/** How a sample finds its Sahab: the address without a path, and the environment variable that has a key. */
export interface SamplePlace {
  address: string;
  keyVariable: string;
}

const dialects: Record<SampleDialect, (call: ChatCall) => DialectSample> = {
  "openai-chat": openaiChatSample,
  "openai-responses": responsesSample,
  "anthropic-messages": anthropicSample,
  gemini: geminiSample,
  dashscope: dashscopeSample,
  ark: arkSample,
  deepseek: deepseekSample,
};

/**
 * The call as a program that does the same, with the SDK that the dialect's vendor documents. Images longer than a line are shown as they are: a
 * program that is copied must run.
 */
export function writeSample(
  call: ChatCall,
  { dialect, language, ...place }: SamplePlace & { dialect: SampleDialect; language: SampleLanguage },
): string {
  const sample = dialects[dialect](call);
  if (language === "curl") return writeCurl(sample, place);
  return language === "python" ? writePython(sample, place) : writeTypescript(sample, place);
}
