import { expect } from "bun:test";
import { recordingKinds, saysErrorIn200, type RecordedFile } from "../recordings.ts";
import { readAnswer, send } from "../wire/ask.ts";
import { object, string, type Json } from "../wire/json.ts";
import { spokenKits } from "../wire/start-wire.ts";
import { askFor, kitOf, modelOf, type Play } from "./play.ts";

/** The body of an error, which comes with a status of its own: its own bytes for clients of its dialect, and its reason for others. */
export function playError(file: RecordedFile): Play | undefined {
  const kind = recordingKinds.find((one) => one === file.kind);
  if (kind === undefined || !file.isError || saysErrorIn200(file)) return undefined;
  const model = modelOf(file);
  const { text } = file;
  const body = JSON.parse(text) as Json;
  const error = object(body["error"]);
  // Google says it in the body.
  const status = typeof error["code"] === "number" ? error["code"] : 400;
  const message = string(error["message"]) || string(body["message"]);
  return {
    file,
    api: kitOf(kind).api,
    model,
    answer: () => new Response(text, { status, headers: { "content-type": "application/json" } }),
    async check(stage) {
      for (const client of spokenKits) {
        const answer = await send(client, askFor(model, false), stage);
        const got = readAnswer(client, askFor(model, false), answer);
        expect(answer.status).toBe(status);
        if (client === kitOf(kind)) expect(answer.text).toBe(text);
        // What a vendor says of its own limits is the operator's to know.
        else if (status === 400) expect(got.error?.message).toContain(message);
      }
    },
  };
}
