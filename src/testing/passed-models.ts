import type { DeclaredPrice } from "../base/declared-price.ts";
import { pieces, type startFakePassedVendor } from "./fake-passed-vendor.ts";

// What a vendor of images, sounds and moderations answers, by the model's name, and what each costs.

export const secret = "sk-vendor-0123456789abcdefghij";
export const picture = "iVBORw0KGgo".repeat(20);
export const sound = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7) % 256));
/** A sound that begins as JSON and a page do. */
export const oddSound = Buffer.from('<{"data: not what it looks like');
export const gptImageUsage = {
  input_tokens: 60,
  input_tokens_details: { text_tokens: 10, image_tokens: 50 },
  output_tokens: 1000,
  total_tokens: 1060,
};
const transcriptUsage = {
  type: "tokens",
  input_tokens: 30,
  input_token_details: { audio_tokens: 20, text_tokens: 10 },
  output_tokens: 8,
  total_tokens: 38,
};
const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const words = ["Hel", "lo", " you", " there"];
const transcript = [
  ...words.map((delta) => event({ type: "transcript.text.delta", delta })),
  event({ type: "transcript.text.done", text: words.join(""), usage: transcriptUsage }),
];
/** vLLM's, of two half minutes; `stream_include_usage` asks for the count. */
const chunk = (choices: object[], more: object = {}) =>
  event({ id: "trsc-1", object: "transcription.chunk", created: 1, choices, model: "m", ...more });
const chunks = [
  ...words.slice(0, 2).map((content) => chunk([{ delta: { content } }])),
  chunk([{ delta: { content: "" }, finish_reason: "stop", stop_reason: null }]),
  ...words.slice(2).map((content) => chunk([{ delta: { content } }])),
  chunk([{ delta: { content: "!" }, finish_reason: "stop", stop_reason: null }]),
];
const chunkUsage = chunk([], { usage: { prompt_tokens: 30, completion_tokens: 8, total_tokens: 38 } });
const done = "data: [DONE]\n\n";
const partialImage = event({ type: "image_generation.partial_image", b64_json: picture, partial_image_index: 0 });
const json =
  (body: object, status = 200) =>
  () =>
    Response.json(body, { status });
export const statuses = [400, 401, 429, 500, 529];

export const tokens = { currency: "USD", input: 5, output: 40, image_input: 10, audio_input: 6 };
const fee = (fees: Record<string, number>) => ({ currency: "USD", input: 0, output: 0, fees });

export const models: Record<
  string,
  {
    price: DeclaredPrice;
    script: Parameters<typeof startFakePassedVendor>[0][string];
    vendor?: "openai" | "anthropic" | "vllm";
  }
> = {
  "gpt-image": { price: tokens, script: json({ created: 1, data: [{ b64_json: picture }], usage: gptImageUsage }) },
  "dall-e": { price: fee({ image: 0.04 }), script: json({ created: 1, data: [{ url: "u" }, { url: "v" }] }) },
  "by-kind": {
    price: fee({ image: 0.04, image_hd: 0.08, image_hd_1024x1792: 0.12, image_1024x1792: 0.09 }),
    script: json({ data: [{ url: "u" }] }),
  },
  "unknown-image": { price: tokens, script: json({ created: 1, data: [{ url: "u" }] }) },
  ark: {
    price: fee({ image: 0.2 }),
    script: json({
      data: [{ url: "u" }, { error: { code: "x" } }],
      usage: { generated_images: 1, output_tokens: 16_000, total_tokens: 16_000 },
    }),
  },
  "image-stream": {
    price: tokens,
    script: pieces(
      [partialImage, event({ type: "image_generation.completed", b64_json: picture, usage: gptImageUsage })],
      "text/event-stream",
    ),
  },
  "image-cut": { price: tokens, script: pieces([partialImage], "text/event-stream") },
  "gpt-transcribe": { price: tokens, script: json({ text: "Hello", usage: transcriptUsage }) },
  whisper: { price: fee({ minute: 0.006 }), script: json({ text: "Hi", usage: { type: "duration", seconds: 9 } }) },
  verbose: {
    price: fee({ hour: 0.111 }),
    script: json({ task: "transcribe", duration: 8.47, text: "Hi", segments: [] }),
  },
  srt: {
    price: fee({ second: 0.001 }),
    script: () =>
      new Response("1\n00:00:00,000 --> 00:01:02,500\nHi\n", {
        headers: { "content-type": "text/plain; charset=utf-8" },
      }),
  },
  text: {
    price: fee({ second: 0.001 }),
    script: () => new Response('<{"Hi', { headers: { "content-type": "text/plain" } }),
  },
  "transcript-stream": { price: tokens, script: pieces(transcript, "text/event-stream") },
  "transcript-cut": { price: tokens, script: pieces(transcript.slice(0, 2), "text/event-stream") },
  "vllm-stream": { vendor: "vllm", price: tokens, script: pieces([...chunks, chunkUsage, done], "text/event-stream") },
  "vllm-uncounted": {
    vendor: "vllm",
    price: fee({ second: 0.001 }),
    script: pieces([...chunks, done], "text/event-stream"),
  },
  "vllm-cut": { vendor: "vllm", price: tokens, script: pieces(chunks.slice(0, 4), "text/event-stream") },
  "vllm-aborted": {
    vendor: "vllm",
    price: tokens,
    script: pieces(
      [...chunks.slice(0, 4), chunk([{ delta: { content: "" }, finish_reason: "abort" }]), done],
      "text/event-stream",
    ),
  },
  "vllm-error": {
    vendor: "vllm",
    price: tokens,
    script: pieces(
      [...chunks.slice(0, 4), event({ error: { message: "out of memory", type: "BadRequestError", code: 400 } }), done],
      "text/event-stream",
    ),
  },
  tts: {
    price: fee({ character: 0.000015 }),
    script: pieces([sound.subarray(0, 2_000), sound.subarray(2_000)], "audio/mpeg"),
  },
  "odd-tts": { price: fee({ character: 0.000015 }), script: pieces([oddSound], "audio/wav") },
  "tts-cut": { price: fee({ character: 0.000015 }), script: pieces([sound], "audio/mpeg", "cut") },
  "tts-hang": { price: fee({ character: 0.000015 }), script: pieces([sound], "audio/mpeg", "hang") },
  "tts-empty": { price: fee({ character: 0.000015 }), script: pieces([], "audio/mpeg") },
  "tts-secret": { price: tokens, script: pieces([sound, secret.slice(0, 20), secret.slice(20), sound], "audio/mpeg") },
  "tts-page": {
    price: tokens,
    script: () => new Response("<html>hello</html>", { headers: { "content-type": "text/html" } }),
  },
  "tts-script": { price: tokens, script: pieces([sound], "application/octet-stream; x=<script>") },
  "tts-events": {
    price: tokens,
    script: pieces(
      [
        ...["AAAA", "BBBB", "CCCC"].map((audio) => event({ type: "speech.audio.delta", audio })),
        event({ type: "speech.audio.done", usage: { input_tokens: 4, output_tokens: 100, total_tokens: 104 } }),
      ],
      "text/event-stream",
    ),
  },
  moderator: {
    price: { currency: "USD", input: 0, output: 0 },
    script: json({ id: "m", model: "omni", results: [{ flagged: false }] }),
  },
  "error-within": {
    price: tokens,
    script: json({ error: { message: "Rate limit reached", code: "rate_limit_exceeded" } }),
  },
  absent: { price: tokens, script: json({ detail: "Not Found" }, 404) },
  unpriced: { price: fee({ web_search: 0.01 }), script: json({}) },
  failing: { price: tokens, script: json({ error: { message: "no" } }, 500) },
  claude: { price: tokens, script: json({}), vendor: "anthropic" },
  listener: { price: tokens, script: json({ text: "x" }), vendor: "vllm" },
  ...Object.fromEntries(
    statuses.map((status) => [
      `is-${status}`,
      { price: tokens, script: json({ error: { message: "no", type: "t", param: null, code: "c" } }, status) },
    ]),
  ),
};
