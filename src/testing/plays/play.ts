import { streamOf, type Script } from "../fake-vendor.ts";
import { readRecording, type RecordedFile, type RecordingKind } from "../recordings.ts";
import type { AdminRecord, TestSahab } from "../run-sahab.ts";
import type { Asked } from "../wire/asked.ts";
import type { Kit } from "../wire/kit.ts";
import { spokenKits } from "../wire/start-wire.ts";

/** A recorded answer that a vendor gives to clients of Sahab, and what they must get of it. */
export interface Play {
  file: RecordedFile;
  /** The wire format that the vendor is configured with. */
  api: string;
  /** The model's name here and at the vendor. */
  model: string;
  answer: Script;
  check(stage: Stage): Promise<void>;
}

/** The running program, with a model for each play. */
export interface Stage {
  sahab: TestSahab;
  /** Where and with which key clients ask. */
  address: string;
  key: string;
  /** Checked when all plays are over, since to ask for each record by itself takes most of the time. */
  records: { model: string; id: string | null; check: (record: AdminRecord) => void }[];
}

/** What all models of the plays cost. */
export const price = { currency: "USD", input: 1, cached_input: 0.5, cache_write: 2, output: 3 };

const kitNames: Record<RecordingKind, string> = {
  chat: "openai-chat",
  messages: "anthropic-messages",
  responses: "openai-responses",
  google: "gemini",
  dashscope: "dashscope",
};

export function kitOf(kind: RecordingKind): Kit {
  const kit = spokenKits.find(({ name }) => name === kitNames[kind]);
  if (!kit) throw new Error(`no kit of ${kind}`);
  return kit;
}

export function modelOf({ path }: RecordedFile): string {
  return path.replaceAll(/[^\w.-]/g, "-");
}

export function answerOf(file: RecordedFile): Script {
  const { stream, bytes } = readRecording(file);
  if (stream) return streamOf([bytes], { splitAt: 1_000 });
  return () =>
    new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/json; charset=utf-8" } });
}

export function askFor(model: string, stream: boolean): Asked {
  const turns: Asked["turns"] = [{ role: "user", parts: [{ type: "text", text: "Hello" }] }];
  return { model, stream, turns, tools: [], stop: [], maxTokens: 4_096 };
}

/** Every way in which a client can ask for an answer to a chat. */
export const forms: readonly { client: Kit; stream: boolean }[] = spokenKits.flatMap((client) =>
  [false, true].map((stream) => ({ client, stream })),
);

/** A vendor's bytes without the fields that the last usage object gained. */
export function withoutCost(text: string): string {
  return text.replaceAll(/,"cost":"[0-9.]+","cost_currency":"USD"/g, "");
}
