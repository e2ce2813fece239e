import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import {
  isPassed,
  type NeutralRequest,
  type PassedOperation,
  type Pieces,
  type RewriteRules,
  type WireBody,
} from "../../call/index.ts";
import type { IncomingRequest, OpenedRequest, Writer, WriterOptions } from "../dialect.ts";
import type { JsonScan } from "../json-scan.ts";
import { readLabels, type BodyLabels } from "../labels.ts";
import { checkModelName } from "../open-body.ts";
import { reachesBeyond } from "../reaching-fields.ts";
import { imagesMax, isForm, openForm, openJson, type Fields, transcriptUsageField } from "./fields.ts";
import { estimateSeconds } from "./estimate-seconds.ts";
import { createPassedWriter } from "./writer.ts";

/** Looks at the model and at what is counted; all else is the vendor's to judge. Throws errors with `param`. */
export function openPassed({ operation, headers, body, found }: IncomingRequest): OpenedRequest {
  const passed = operation as PassedOperation;
  const known = found as Found | undefined;
  const contentType = headers.get("content-type");
  const fields =
    !known && contentType && isForm(contentType) ? openForm(body, contentType) : openJson(body, known?.scan);
  return new OpenedPassedRequest(passed, body, fields, known ?? find(passed, fields));
}

/** Whether it is a form, in which nothing takes long enough for the thread of large bodies. */
export function isPassedForm({ operation, headers }: Pick<IncomingRequest, "operation" | "headers">): boolean {
  return isPassed(operation) && isForm(headers.get("content-type"));
}

/** What the path reads. */
interface Found {
  /** Undefined for a form. */
  scan: JsonScan | undefined;
  model: string;
  stream: boolean;
  choiceCount: number;
  promptBytes: number;
  pieces: Pieces | undefined;
  /** The answer is no JSON. */
  isBytes: boolean;
}

function find(operation: PassedOperation, fields: Fields): Found {
  const { scan } = fields;
  const model = checkModelName(
    fields.text("model") ?? (operation === "moderation" && scan ? moderationModel : undefined),
  );
  const base = { scan, model, stream: fields.isSet("stream"), choiceCount: 0, pieces: undefined, isBytes: false };
  switch (operation) {
    case "speech": {
      const counts = { character: fields.letters("input") };
      // A sound goes out as it comes, with or without events around it.
      return {
        ...base,
        stream: true,
        promptBytes: fields.bytesOf("input"),
        pieces: { counts, isExact: true },
        isBytes: true,
      };
    }
    case "transcription":
    case "translation": {
      const counts = { second: estimateSeconds(fields.file(["file"])) };
      const isBytes = textFormats.has(fields.text("response_format") ?? "");
      return { ...base, promptBytes: fields.bytesOf("prompt"), pieces: { counts, isExact: false }, isBytes };
    }
    case "moderation":
      return { ...base, stream: false, promptBytes: fields.bytesOf("input") };
    case "image-generation":
    case "image-edit":
    case "image-variation": {
      const choiceCount = fields.count("n", imagesMax) ?? 1;
      const pieces = { counts: { image: choiceCount }, kinds: kindsOf(fields), isExact: false };
      return { ...base, choiceCount, promptBytes: fields.bytesOf("prompt"), pieces };
    }
    default:
      return unreachable(operation);
  }
}

/** Vendors price images by quality, by size, or by both (OpenAI's price list: dall-e-3). */
function kindsOf(fields: Fields): string[] {
  const [quality, size] = [fields.text("quality"), fields.text("size")];
  const both = quality && size ? [`${quality}_${size}`] : [];
  return [...both, ...(quality ? [quality] : []), ...(size ? [size] : [])].map((kind) => `image_${kind.slice(0, 80)}`);
}

/** OpenAI's default, where a request names none. */
const moderationModel = "omni-moderation-latest";
const textFormats = new Set(["text", "srt", "vtt"]);

class OpenedPassedRequest implements OpenedRequest {
  readonly dialect = "openai-chat";
  readonly operation: PassedOperation;
  readonly body: Uint8Array;
  readonly found: Found;
  readonly #fields: Fields;

  constructor(operation: PassedOperation, body: Uint8Array, fields: Fields, found: Found) {
    this.operation = operation;
    this.body = body;
    this.found = found;
    this.#fields = fields;
  }

  get model(): string {
    return this.found.model;
  }

  get stream(): boolean {
    return this.found.stream;
  }

  get choiceCount(): number {
    return this.found.choiceCount;
  }

  get promptBytes(): number {
    return this.found.promptBytes;
  }

  /** None of a form: the operations that take one name no user. */
  labels(): BodyLabels | undefined {
    const { body, found } = this;
    return found.scan && readLabels({ body, scan: found.scan });
  }

  get pieces(): Pieces | undefined {
    return this.found.pieces;
  }

  get bytesType(): RegExp | undefined {
    if (!this.found.isBytes) return undefined;
    return this.operation === "speech" ? soundType : textType;
  }

  rewrite(
    model: string,
    { passes, asksTranscriptUsage }: Pick<RewriteRules, "passes" | "asksTranscriptUsage"> = { passes: new Set() },
  ): WireBody {
    const own = ownFields[this.operation];
    const drops = (name: string) => reachesBeyond(name) && !passes.has(name) && !own?.has(name);
    const added = asksTranscriptUsage && this.#lacksTranscriptUsage ? transcriptUsageField : undefined;
    return this.#fields.rewrite(this.model, model, drops, added);
  }

  decode(): NeutralRequest {
    throw new SahabError(
      "unsupported_operation",
      `Local models do not offer the operation "${this.operation}"; only vendors with OpenAI's API for it do`,
    );
  }

  writer(options: WriterOptions): Writer {
    return createPassedWriter({ stream: this.stream, hidesUsage: this.#lacksTranscriptUsage }, options);
  }

  /** Its answer is a streamed transcript, and the client has not said whether it wants a count behind it. */
  get #lacksTranscriptUsage(): boolean {
    const isTranscript = this.operation === "transcription" || this.operation === "translation";
    return isTranscript && this.stream && this.#fields.text(transcriptUsageField) === undefined;
  }
}

/** Fields of an operation that reach no further than it, though others of their names do. */
const imageFields = new Set(["background"]);
const ownFields: Partial<Record<PassedOperation, ReadonlySet<string>>> = {
  "image-generation": imageFields,
  "image-edit": imageFields,
  speech: new Set(["speed"]),
};

const soundType = /^(?:$|audio\/|video\/|application\/(?:octet-stream|ogg)\b)/;
const textType = /^(?:$|text\/(?!html\b|event-stream\b)|application\/(?:octet-stream|x-subrip)\b)/;
