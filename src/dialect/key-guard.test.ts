import { expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";

const messages = '"messages":[{"role":"user","content":"hi"}]';
const chat = `"model":"cheap",${messages}`;

/** What opening the body throws; undefined where it is accepted. */
function faultOf(text: string, dialect = openaiChat, operation: "chat" | "embedding" | "completion" = "chat") {
  try {
    dialect.open({ operation, path: "/", headers: new Headers(), body: Buffer.from(text) });
    return undefined;
  } catch (error) {
    if (error instanceof SahabError) return { code: error.code, param: error.param, message: error.message };
    throw error;
  }
}

test.each([
  [`{${chat},"model":"dear"}`, "model"],
  [`{${chat},"model":"cheap"}`, "model"],
  [`{${chat},"mod\\u0065l":"dear"}`, "model"],
  [`{${chat},${messages}}`, "messages"],
  [`{${chat},"max_tokens":5,"max_tokens":5000}`, "max_tokens"],
  [`{${chat},"max_completion_tokens":5,"max_completion_tokens":5000}`, "max_completion_tokens"],
  [`{${chat},"n":1,"n":100}`, "n"],
  [`{${chat},"stream":true,"stream":false}`, "stream"],
  [`{${chat},"str\\u0065am":true,"stream":false}`, "stream"],
  [`{${chat},"tools":[],"tools":[]}`, "tools"],
  [`{${chat},"functions":[],"functions":[{"name":"f"}]}`, "functions"],
  [`{${chat},"stream_options":null,"stream_options":{}}`, "stream_options"],
  [
    `{${chat},"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`,
    "stream_options.include_usage",
  ],
  [
    `{${chat},"stream":true,"stream_options":{"include_usage":true,"\\u0069nclude_usage":true}}`,
    "stream_options.include_usage",
  ],
])("a field that counts may be there once: %s", (text, param) => {
  expect(faultOf(text)).toMatchObject({
    code: "invalid_request",
    param,
    message: `${param}: expected once, found more than once; programs differ on which of them counts`,
  });
});

test.each([
  [`{${chat},"Model":"dear"}`, "model", '"Model"'],
  [`{"MODEL":"dear",${chat}}`, "model", '"MODEL"'],
  [`{${chat},"\\u004dodel":"dear"}`, "model", '"Model"'],
  [`{${chat},"mode\\u004c":"dear"}`, "model", '"modeL"'],
  [`{${chat},"model\\u0000x":"dear"}`, "model", String.raw`"model\u0000x"`],
  [`{"Model":"dear",${messages}}`, "model", '"Model"'],
  [`{${chat},"meſſages":[]}`, "messages", '"meſſages"'],
  [`{${chat},"\\u017ftream":true}`, "stream", '"ſtream"'],
  [`{${chat},"max_to\u212aens":5000}`, "max_tokens", '"max_to\u212aens"'],
  [`{${chat},"MAX_COMPLETİON_TOKENS":5000}`, "max_completion_tokens", '"MAX_COMPLETİON_TOKENS"'],
  [`{${chat},"N":100}`, "n", '"N"'],
  [`{${chat},"Tools":[]}`, "tools", '"Tools"'],
  [`{${chat},"Functıons":[]}`, "functions", '"Functıons"'],
  [`{${chat},"stream":true,"Stream_Options":{}}`, "stream_options", '"Stream_Options"'],
  [
    `{${chat},"stream":true,"stream_options":{"Include_Usage":false}}`,
    "stream_options.include_usage",
    '"Include_Usage"',
  ],
])("a field that counts has one spelling: %s", (text, param, found) => {
  expect(faultOf(text)).toMatchObject({ code: "invalid_request", param });
  expect(faultOf(text)?.message).toStartWith(`${param}: expected in this spelling, found ${found}`);
});

test("the other operations and dialects read other fields", () => {
  const embedding = '"model":"m","input":"a"';
  expect(faultOf(`{${embedding},"Input":["a","b"]}`, openaiChat, "embedding")).toMatchObject({ param: "input" });
  expect(
    faultOf(`{${embedding},"encoding_format":"float","encoding_format":"base64"}`, openaiChat, "embedding"),
  ).toEqual(expect.objectContaining({ param: "encoding_format" }));
  expect(faultOf('{"model":"m","prompt":"a","prompt":["a","b"]}', openaiChat, "completion")).toMatchObject({
    param: "prompt",
  });
  const call = `${chat},"max_tokens":5`;
  for (const [field, param] of [
    ['"max_tokens":5000', "max_tokens"],
    ['"Max_Tokens":5000', "max_tokens"],
    ['"system":"a","System":"b"', "system"],
    ['"model":"dear"', "model"],
  ] as const)
    expect(faultOf(`{${call},${field}}`, anthropicMessages)).toMatchObject({ code: "invalid_request", param });
  expect(faultOf(`{${call}}`, anthropicMessages)).toBeUndefined();
});

test.each([
  `{"m\\u006fdel":"cheap",${messages}}`,
  `{${chat},"user":"a","user":"b"}`,
  `{${chat},"User":"a","user":"b","TEMPERATURE":1,"temperature":0}`,
  `{${chat},"metadata":{"model":"a","model":"b","Model":"c"}}`,
  `{${chat},"modęl":1,"modell":2,"":3,"m":4,"meßages":5}`,
  `{"model":"cheap","messages":[{"role":"user","role":"user","Content":"a","content":"hi"}]}`,
  `{${chat},"stream_options":{"include_usage":true,"include_usage":false}}`,
])("what is not read may be as it likes: %s", (text) => expect(faultOf(text)).toBeUndefined());
