import type { PassedOperation } from "../../call/index.ts";

/** Where each operation is below a base address (https://platform.openai.com/docs/api-reference). */
export const passedPaths: Readonly<Record<PassedOperation, string>> = {
  "image-generation": "/images/generations",
  "image-edit": "/images/edits",
  "image-variation": "/images/variations",
  transcription: "/audio/transcriptions",
  translation: "/audio/translations",
  speech: "/audio/speech",
  moderation: "/moderations",
};
