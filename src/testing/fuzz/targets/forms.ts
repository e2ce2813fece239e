import { SahabError } from "../../../base/errors.ts";
import { openaiChat } from "../../../dialect/openai-chat/index.ts";
import { pick } from "../make-input.ts";
import { attempt, same, type Target } from "../target.ts";

const headers = { get: (name: string) => (name === "content-type" ? "multipart/form-data; boundary=B" : null) };
const words = [
  "--B",
  "\r\n",
  "\n",
  "--",
  'content-disposition: form-data; name="',
  "model",
  "Model",
  '"',
  "; filename=",
  "x",
  "[]",
];
const field = (name: string, more = "") => `--B\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\nx\r\n`;
const seeds = [
  `${field("model")}${field("file", '; filename="a"')}--B--\r\n`,
  `${field("file", '; filename="a"')}${field("tags")}${field("prompt")}${field("model")}--B--`,
];

/** Each form is opened or refused, and one that is opened is the same with another model, as a parser of another's reads it. */
export const forms: Target = {
  name: "forms",
  seeds,
  words,
  generate: (random) => Array.from({ length: 12 }, () => pick(words, random)).join(""),
  async run(input) {
    const open = (body: Buffer) =>
      openaiChat.open({ operation: "transcription", path: "/v1/audio/transcriptions", headers, body });
    const opened = attempt(
      () => open(input),
      (error) => error instanceof SahabError,
    );
    if (!opened.value) return;
    const sent = opened.value.rewrite("another");
    const body = Buffer.concat(sent.pieces);
    same("the renamed model", open(body).model, "another");
    const form = await new Response(body, { headers: { ...sent.headers } }).formData();
    same("the model that a vendor reads", form.getAll("model"), ["another"]);
  },
};
