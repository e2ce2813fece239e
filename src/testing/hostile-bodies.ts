/** Bodies that cost more to read than their bytes say: by name, of about so many bytes. */
export type HostileBodies = Readonly<Record<string, (bytes: number) => string>>;

/** Pieces in a row until they have so many bytes. */
function row(bytes: number, piece: (index: number) => string, separator = ","): string {
  const pieces: string[] = [];
  for (let size = 0; size < bytes; size += (pieces.at(-1) as string).length + separator.length)
    pieces.push(piece(pieces.length));
  return pieces.join(separator);
}

/** A body in both dialects. */
const chat = (messages: string, more = "") => `{"model":"m","max_tokens":5${more},"messages":[${messages}]}`;
const user = (content: string, more = "") => `{"role":"user","content":${content}${more}}`;
/** Messages of up to 4,000 parts, since a message may have 10,000. */
const messagesOf = (bytes: number, part: string, role = "user") =>
  row(bytes, () => `{"role":"${role}","content":[${row(part.length * 4_000, () => part)}]}`);
const inField = (value: (bytes: number) => string) => (bytes: number) => chat(user('"a"', `,"x":${value(bytes)}`));

/** What both dialects read. */
export const hostileBodies: HostileBodies = {
  "many fields": (bytes) => chat(user('"a"', `,${row(bytes, (index) => `"k${index}":1`)}`)),
  "many messages": (bytes) => chat(row(bytes, () => user('"a"'))),
  "many parts": (bytes) => chat(messagesOf(bytes, '{"type":"text","text":"a"}')),
  "parts with cache marks": (bytes) =>
    chat(messagesOf(bytes, '{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}')),
  "parts of other kinds": (bytes) => chat(messagesOf(bytes, '{"type":"x"}')),
  "empty lists": inField((bytes) => `[${row(bytes, () => "[]")}]`),
  "empty objects": inField((bytes) => `[${row(bytes, () => "{}")}]`),
  "empty texts": inField((bytes) => `[${row(bytes, () => '""')}]`),
  "deep lists": inField((bytes) => `[${row(bytes, () => "[".repeat(190) + "]".repeat(190))}]`),
  "escaped quotes": (bytes) => chat(user(`"${row(bytes, () => '\\"', "")}"`)),
  "escaped backslashes": (bytes) => chat(user(`"${row(bytes, () => "\\\\", "")}"`)),
  "escaped letters": (bytes) => chat(user(`"${row(bytes, () => "\\u0041", "")}"`)),
  "white space": (bytes) => chat(user('"a"') + " ".repeat(bytes)),
  "white space in a text": (bytes) => chat(user(`"${" ".repeat(bytes)}"`)),
  "white space before texts": inField((bytes) => `[${row(bytes, () => `${" ".repeat(200)}"data:"`)}]`),
  "digits of one number": inField((bytes) => "1".repeat(bytes)),
  "long numbers": inField((bytes) => `[${row(bytes, () => "12345678901234567")}]`),
  "numbers beyond all": inField((bytes) => `[${row(bytes, () => "1e400")}]`),
  "numbers of 16 KB": inField((bytes) => `[${row(bytes, () => `1e${"0".repeat(16_000)}`)}]`),
  "a long number beside empty lists": inField((bytes) => `[12345678901234567,${row(bytes, () => "[]")}]`),
  "data URLs": inField((bytes) => `{${row(bytes, () => '"url":"data:a"')}}`),
};

export const hostileChats: HostileBodies = {
  "tools with long numbers": (bytes) => chat(user('"a"'), `,"tools":[${toolsOf(bytes, openAiTool)}]`),
  "calls of one id": (bytes) =>
    chat(row(bytes, () => `{"role":"assistant","tool_calls":[${row(50_000, () => openAiCall)}]}`)),
  // Each result looks for its call, behind all that has been said since.
  "results without an id": (bytes) =>
    chat(
      [
        `{"role":"assistant","tool_calls":[${Array.from({ length: 1_000 }, (_, index) => openAiCall.replace("one", `c${index}`)).join()}]}`,
        row(bytes * 0.8, () => user(`"${"a".repeat(20)}"`)),
        row(bytes * 0.1, () => '{"role":"tool","content":"a"}'),
      ].join(),
    ),
  images: (bytes) => chat(messagesOf(bytes, '{"type":"image_url","image_url":{"url":"data:image/png;base64,a"}}')),
};
const openAiCall = '{"id":"one","type":"function","function":{"name":"f","arguments":"{}"}}';
const openAiTool = (schema: string) => `{"type":"function","function":{"name":"f","parameters":${schema}}}`;

export const hostileMessages: HostileBodies = {
  "tools with long numbers": (bytes) => chat(user('"a"'), `,"tools":[${toolsOf(bytes, anthropicTool)}]`),
  "calls of one id": (bytes) =>
    chat(messagesOf(bytes, '{"type":"tool_use","id":"a","name":"f","input":{}}', "assistant")),
  "results of one id": (bytes) => chat(messagesOf(bytes, '{"type":"tool_result","tool_use_id":"a"}')),
  images: (bytes) =>
    chat(messagesOf(bytes, '{"type":"image","source":{"type":"base64","media_type":"image/png","data":"a"}}')),
  "marks of images": (bytes) => chat(user(`[${row(bytes, () => '["base64"]')}]`)),
  "marks of images in texts": (bytes) => chat(user(`[${row(bytes, () => '"\\"base64\\""')},"base64"]`)),
  "marks of images as fields": (bytes) => chat(user(`[{${row(bytes, (index) => `"k${index}":"base64"`)}}]`)),
};
const anthropicTool = (schema: string) => `{"name":"f","input_schema":${schema}}`;

/** 1,000 tools, as many as a request may have, of one name. */
function toolsOf(bytes: number, tool: (schema: string) => string): string {
  const schema = `{"1":12345678901234567,"2":"${"a".repeat(bytes / 1_000)}"}`;
  return Array.from({ length: 1_000 }, () => tool(schema)).join(",");
}
