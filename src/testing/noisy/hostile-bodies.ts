/** A request that costs a careless server far more than its sender. */
export interface HostileBody {
  path: string;
  /** Made when it is needed: some are as large as a body may be. */
  make(model: string): Buffer;
}

const chatPath = "/v1/chat/completions";
const messagesPath = "/v1/messages";
const largest = 32 * 1024 * 1024;

/** As many repetitions as fit between the two ends of the largest body. */
function filled(before: string, repeated: string | ((index: number) => string), after: string): Buffer {
  const room = largest - before.length - after.length - 64;
  if (typeof repeated === "string")
    return Buffer.from(before + repeated.repeat(Math.floor(room / repeated.length)) + after);
  const parts: string[] = [];
  for (let index = 0, length = 0; length < room; index++) {
    const part = repeated(index);
    length += part.length;
    parts.push(part);
  }
  return Buffer.from(before + parts.slice(0, -1).join("") + after);
}

const turns = `"messages":[{"role":"user","content":"Hi"}],"max_tokens":8`;
const head = (model: string) => `{"model":${JSON.stringify(model)},`;

function withSchema(model: string, schema: object): Buffer {
  return Buffer.from(
    JSON.stringify({
      model,
      max_tokens: 8,
      messages: [{ role: "user", content: "Hi" }],
      response_format: { type: "json_schema", json_schema: { name: "a", strict: true, schema } },
    }),
  );
}

const many = (count: number, make: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => make(index));

/** For models of a vendor: what is scanned, decoded and encoded. */
export const hostileBodies: Record<string, HostileBody> = {
  "the same key again and again": {
    path: chatPath,
    make: (model) => filled(`${head(model)}${turns}`, `,"model":"a"`, "}"),
  },
  "millions of keys": {
    path: chatPath,
    make: (model) => filled(`${head(model)}${turns}`, (index) => `,"k${index}":0`, "}"),
  },
  "millions of empty arrays": {
    path: chatPath,
    make: (model) => filled(`${head(model)}${turns},"a":[[]`, ",[]", "]}"),
  },
  "one long text": {
    path: messagesPath,
    make: (model) => filled(`${head(model)}"max_tokens":8,"messages":[{"role":"user","content":"`, "word ", `"}]}`),
  },
  "a text of escapes": {
    path: messagesPath,
    make: (model) => filled(`${head(model)}"max_tokens":8,"messages":[{"role":"user","content":"`, `\\"\\\\`, `"}]}`),
  },
  "white space": { path: chatPath, make: (model) => filled(`${head(model)}${turns},"a":[0`, " ", "]}") },
  "very many messages": {
    path: messagesPath,
    make: (model) =>
      Buffer.from(
        JSON.stringify({
          model,
          max_tokens: 8,
          messages: many(9_999, (index) => ({
            role: index % 2 === 0 ? "user" : "assistant",
            content: many(20, () => ({ type: "text", text: "a" })),
          })),
        }),
      ),
  },
  "very many tools": {
    path: messagesPath,
    make: (model) =>
      Buffer.from(
        JSON.stringify({
          model,
          max_tokens: 8,
          messages: [{ role: "user", content: "Hi" }],
          tools: many(1_000, (index) => ({
            name: `tool_${index}`,
            input_schema: {
              type: "object",
              properties: Object.fromEntries(
                many(100, (field) => [`field_${field}`, { type: "string" }]) as [string, object][],
              ),
            },
          })),
        }),
      ),
  },
};

/** For local models: what an engine reads, tokenizes and compiles. */
export const hostilePrompts: Record<string, HostileBody> = {
  "allOf of many parts": {
    path: chatPath,
    make: (model) => withSchema(model, { allOf: many(30_000, () => ({ type: "object" })) }),
  },
  "many required names": {
    path: chatPath,
    make: (model) => withSchema(model, { type: "object", required: many(60_000, (index) => `name_${index}`) }),
  },
  "a long enum": {
    path: chatPath,
    make: (model) => withSchema(model, { enum: many(100_000, (index) => `value ${index}`) }),
  },
  "one letter without end": {
    path: chatPath,
    make: (model) =>
      Buffer.from(JSON.stringify({ model, max_tokens: 8, messages: [{ role: "user", content: "Z".repeat(131_072) }] })),
  },
  "sixteen million letters": {
    path: chatPath,
    make: (model) =>
      Buffer.from(
        JSON.stringify({ model, max_tokens: 8, messages: [{ role: "user", content: "long text ".repeat(1_600_000) }] }),
      ),
  },
  "the largest prompt": {
    path: chatPath,
    make: (model) => filled(`${head(model)}"max_tokens":8,"messages":[{"role":"user","content":"`, "word ", `"}]}`),
  },
  "many long answers": {
    path: chatPath,
    make: (model) =>
      Buffer.from(
        JSON.stringify({
          model,
          n: 128,
          max_tokens: 2_000,
          messages: [{ role: "user", content: "Write." }],
          response_format: {
            type: "json_schema",
            json_schema: { name: "a", strict: true, schema: { type: "string", minLength: 10_000, maxLength: 10_000 } },
          },
        }),
      ),
  },
};
