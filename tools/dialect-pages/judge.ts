import { SahabError } from "../../src/base/errors.ts";
import { listNotCarried } from "../../src/call/index.ts";
import type { Dialect } from "../../src/dialect/dialect.ts";
import type { JsonObject } from "../../src/dialect/read.ts";
import { dialects } from "../../src/dialect/registry.ts";
import { beginTranslation } from "../../src/dialect/translate.ts";
import { localCarrier } from "../../src/engine/engine-upstream.ts";
import { readTurns } from "../../src/engine/template/history.ts";
import { plain, type Api, type Written } from "./cases.ts";

/** What becomes of something that a client asks for, found by asking the code that translates requests. */
export type Fate =
  | { type: "carried" }
  /** Sahab does it itself, whoever answers. */
  | { type: "served" }
  /** Left out, and named in `x-sahab-dropped`. `isInPart`: something of it is said all the same. */
  | { type: "dropped"; paths: readonly string[]; isInPart: boolean }
  /** 400 `unsupported_parameter`. */
  | { type: "refused"; param: string; message: string };

export const apis: readonly Api[] = ["chat", "messages", "responses", "gemini", "dashscope"];
/** Who answers: a vendor's dialect, or a model of this machine. */
export type Answering = Api | "local";
export const answering: readonly Answering[] = [...apis, "local"];

/** Throws where something is lost without a word. */
export function judge(client: Api, by: Answering, { given, without }: Written): Fate {
  let asked: Translated;
  try {
    asked = translate(client, by, given);
  } catch (error) {
    if (!(error instanceof SahabError) || error.code !== "unsupported_parameter") throw error;
    return { type: "refused", param: error.param ?? "", message: error.message };
  }
  const bare = translate(client, by, without ?? {});
  const isSame = asked.text === bare.text;
  const paths = asked.dropped.filter((path) => !bare.dropped.includes(path));
  if (paths.length > 0) return { type: "dropped", paths, isInPart: asked.used !== bare.used };
  const served = dialectOf(client).stored?.servedFields ?? [];
  if (isSame && Object.keys(given).every((name) => served.includes(name))) return { type: "served" };
  if (isSame) throw new Error(`${client} → ${by}: lost without a word: ${JSON.stringify(given)}`);
  return { type: "carried" };
}

/** The dialect of this name in the configuration. */
export function dialectOf(api: Api): Dialect {
  const dialect = dialects.find((one) => one.api === api);
  if (!dialect) throw new Error(`no dialect ${api}`);
  return dialect;
}

interface Translated {
  text: string;
  /** Of it what is not listed as dropped. */
  used: string;
  dropped: readonly string[];
}

/** Models of which each vendor's dialect knows something by their names, and that reason. */
const models: Record<Api, string> = {
  chat: "model",
  messages: "claude-opus-4-5",
  responses: "gpt-5.1",
  gemini: "gemini-2.5-flash",
  dashscope: "qwen3-max",
};

function translate(client: Api, by: Answering, fields: JsonObject): Translated {
  const model = by === "local" ? "nano" : models[by];
  const call = dialectOf(client).open({
    operation: "chat",
    path: client === "gemini" ? `/v1beta/models/${model}:generateContent` : "",
    headers: new Headers(),
    body: Buffer.from(JSON.stringify({ model, ...plain[client], ...fields })),
  });
  const decoded = call.decode();
  if (by !== "local") {
    // Between two of one dialect the client's own bytes pass.
    if (by === client) return { text: JSON.stringify(fields), used: "", dropped: [] };
    const translation = beginTranslation(dialectOf(by), call, { model, quirks: {}, issuer: "", fetchesImages: true });
    // Stands for what is fetched from each address.
    const images = new Map(translation.imageAddresses.map(({ url }) => [url, "data:image/png;base64,AAAA"]));
    const { body, dropped } = translation.end(undefined, images);
    const text = Buffer.from(body).toString("utf8");
    return { text, used: text, dropped };
  }
  const dropped = listNotCarried(decoded, localCarrier(decoded.request.dialect));
  if (decoded.operation === "chat") readTurns(decoded.request, model);
  // What is listed as dropped is in the neutral call all the same, and no model of this machine looks at it.
  const used = JSON.stringify(decoded.request, (key, value: unknown) => (unused.has(key) ? undefined : value));
  return { text: JSON.stringify(decoded.request), used, dropped };
}

const unused: ReadonlySet<string> = new Set(["cache", "extensions", "hostedTools", "isError", "signature"]);
