import type { SahabError } from "../../../base/errors.ts";
import type { Dialect, OpenedRequest, StoredAction, StoredAnswer, StoredStatus } from "../../../dialect/dialect.ts";
import { dashscope } from "../../../dialect/dashscope/index.ts";
import { textPath } from "../../../dialect/dashscope/paths.ts";
import { openaiResponses } from "../../../dialect/openai-responses/index.ts";
import { dialects } from "../../../dialect/registry.ts";
import { parseJson } from "../../../dialect/vendor-error.ts";
import { keysOf, makeJsonObject, wordsOf } from "../json-text.ts";
import { pick } from "../make-input.ts";
import { attempt, type Target } from "../target.ts";
import { isOwn } from "./requests.ts";
import { generationAnswers, generationBodies, responsesAnswers, responsesBodies } from "./samples.ts";

const keepers: readonly { dialect: Dialect; path: string; async: string | null; answers: readonly string[] }[] = [
  { dialect: openaiResponses, path: "/v1/responses", async: null, answers: responsesAnswers },
  { dialect: dashscope, path: textPath, async: "enable", answers: generationAnswers },
];

const seeds = [
  ...responsesBodies,
  ...generationBodies,
  ...[
    { model: "m", background: true, store: true, input: "Hi" },
    { model: "m", previous_response_id: "resp_1", input: "And then?" },
    {
      model: "m",
      previous_response_id: "resp_1",
      input: [
        { type: "item_reference", id: "rs_1" },
        { type: "item_reference", id: "msg_1" },
        { id: "rs_1" },
        { role: "user", content: "Why?" },
      ],
    },
  ].map((body) => JSON.stringify(body)),
];
const words = [
  ...wordsOf([...seeds, ...responsesAnswers]),
  '"previous_response_id":"resp_1",',
  '{"type":"item_reference","id":"rs_1"},',
];
const keys = keysOf(words);

const statuses: readonly StoredStatus[] = ["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"];
const actions: readonly StoredAction[] = ["show-stored", "delete-stored", "cancel-stored", "list-stored-input"];
const queries = [
  "",
  "stream=true",
  "stream=true&starting_after=2",
  "starting_after=x&stream=true",
  "limit=1&order=asc",
  "limit=0",
  "after=msg_1&order=desc",
  "include=x",
];

/**
 * A request that was kept is shown, told as a stream, listed, and gone on from: a SahabError or a request that can be served, whatever
 * the client had sent.
 */
export const keptAnswers: Target = {
  name: "kept-answers",
  seeds,
  words,
  generate: (random) => makeJsonObject(random, keys),
  run(input, random) {
    const keeper = pick(keepers, random);
    const { dialect, answers } = keeper;
    const form = dialect.stored;
    if (!form) throw new Error(`${dialect.name} keeps nothing`);
    const opened = attempt(() => open(keeper, input), isOwn);
    const keeps = opened.value?.keeps;
    if (!opened.value || !keeps) return;
    const request = keeps.requestText();
    // Of one that did not wait, a vendor has read all before it is kept.
    if (!keeps.isBackground && parseJson(request) === undefined) return;
    const status = pick(statuses, random);
    const stored: StoredAnswer = {
      id: form.createId(),
      status,
      model: opened.value.model,
      createdS: 1_790_000_000,
      request,
      answer: random() < 0.8 ? pick(answers, random) : undefined,
      previousId: random() < 0.2 ? "resp_0" : undefined,
    };
    const query = new URLSearchParams(pick(queries, random));
    for (const action of actions)
      if (dialect.routes.some(({ serves }) => serves === action)) {
        const shown = attempt(() => form.encode(action, stored, query, "r"), isOwn);
        if (shown.error) dialect.encodeError(shown.error as SahabError, "r");
        else if (typeof shown.value === "string") JSON.parse(shown.value);
      }
    attempt(() => form.encodeStream?.(stored, query), isOwn);
    attempt(() => form.namedParts?.(request), isOwn);
    // Later requests that go on from this one, and this one from another.
    const later = attempt(() => open(keeper, Buffer.from(pick(seeds, random))), isOwn).value;
    if (later) goOn(keeper, later, stored);
    goOn(keeper, opened.value, { ...stored, request: pick(responsesBodies, random), answer: pick(answers, random) });
  },
};

type Keeper = (typeof keepers)[number];

function open({ dialect, path, async }: Keeper, body: Uint8Array, continues?: { previousId: string }): OpenedRequest {
  const headers = { get: (name: string) => (name === "x-dashscope-async" ? async : null) };
  return dialect.open({ operation: "chat", path, headers, body, ...(continues && { continues }) });
}

function goOn(keeper: Keeper, request: OpenedRequest, earlier: StoredAnswer): void {
  const { previous, namedParts = [] } = request.keeps ?? {};
  if (!previous && namedParts.length === 0) return;
  const body = attempt(() => request.continued?.([earlier], [earlier]), isOwn).value;
  if (!body) return;
  // What was no JSON to begin with is refused when somebody decodes it.
  const isValid = [earlier.request, request.keeps?.requestText() ?? ""].every((text) => parseJson(text) !== undefined);
  if (isValid) JSON.parse(Buffer.from(body).toString("utf8"));
  const again = attempt(() => open(keeper, body, { previousId: earlier.id }), isOwn).value;
  const decoded = again && attempt(() => again.decode(), isOwn).value;
  if (!decoded) return;
  for (const other of dialects)
    attempt(() => JSON.stringify(other.encodeRequest(decoded, { model: "x", quirks: {} })), isOwn);
}
