import { SahabError } from "../../base/errors.ts";
import type { Attempt } from "../../call/index.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import { decodeErrorObject, parseJson, saysError } from "../../dialect/vendor-error.ts";
import { decompress, type HttpAnswer } from "../../transport/index.ts";
import type { Provider } from "../provider.ts";
import { describeFailure } from "../provider-error.ts";
import { readModelPage, type ModelPage } from "./model-page.ts";

/** OpenRouter's list, the longest, has some 700 KB. */
const pageBytesMax = 4 * 1024 * 1024;
const pagesMax = 20;

/** What came of asking for a list of models. */
export type ModelsAnswer =
  | { kind: "listed"; ids: readonly string[]; ms: number }
  /** No such path. */
  | { kind: "missing"; status: number }
  /** A web page, or JSON of another kind. */
  | { kind: "other"; found: string }
  | { kind: "refused"; status: number; error: SahabError };

interface Question {
  address: string;
  dialect: Dialect;
  /** Without the provider's credentials. */
  anonymous: boolean;
  /** For all of its pages. */
  answerMs: number;
}

/** Asks for the list of models at an address, page by page. Rejects with a SahabError where no answer comes. */
export async function askModels(
  provider: Provider,
  { address, dialect, anonymous, answerMs }: Question,
  attempt: Attempt,
): Promise<ModelsAnswer> {
  const ids: string[] = [];
  const startedMs = performance.now();
  const url = new URL(address);
  const late = () => attempt.cancel(new SahabError("upstream_timeout", `no list of models came within ${answerMs} ms`));
  const timer = setTimeout(late, answerMs);
  try {
    for (let pages = 1; ; pages++) {
      const answer = await askPage(provider, url, { dialect, anonymous, answerMs }, attempt);
      if (answer.kind !== "page") return answer;
      ids.push(...answer.page.ids);
      const { next } = answer.page;
      // Who asks without a key wants to know only whether an answer comes.
      if (!next || anonymous || pages === pagesMax) break;
      url.searchParams.set(next.name, next.value);
    }
  } catch (cause) {
    attempt.throwIfCancelled();
    throw describeFailure(provider, cause);
  } finally {
    clearTimeout(timer);
  }
  return { kind: "listed", ids, ms: Math.round(performance.now() - startedMs) };
}

type PageAnswer = Exclude<ModelsAnswer, { kind: "listed" }> | { kind: "page"; page: ModelPage };

async function askPage(
  provider: Provider,
  url: URL,
  { dialect, anonymous, answerMs }: Omit<Question, "address">,
  attempt: Attempt,
): Promise<PageAnswer> {
  const { pool, head } = provider.reading(url, dialect.api, { anonymous });
  const { connectMs } = provider.timeouts;
  const answer = await pool.send(`${head}\r\n`, [], { attempt, connectMs, answerMs });
  return judge(provider, dialect, answer, await readBody(answer));
}

function judge(provider: Provider, dialect: Dialect, answer: HttpAnswer, body: string): PageAnswer {
  const { status } = answer;
  const { quirks } = provider.vendor;
  const contentType = answer.header("content-type") ?? "";
  if (status >= 300 && status < 400) return { kind: "other", found: `status ${status}, which leads elsewhere` };
  if (status === 404 || status === 405 || status === 501) return { kind: "missing", status };
  if (status >= 400) {
    const error = dialect.decodeError({ status, body: provider.secrets.mask(body), contentType, quirks });
    return { kind: "refused", status, error: provider.describe(error) };
  }
  const value = parseJson(body);
  const page = readModelPage(value);
  if (page) return { kind: "page", page };
  // Some say no with a status that means yes.
  if (saysError(value)) return { kind: "refused", status, error: provider.describe(decodeErrorObject(value, quirks)) };
  return { kind: "other", found: contentType.includes("html") ? "a web page" : "something else than a list of models" };
}

/** The body as text. Rejects where it is longer than any list. */
async function readBody(answer: HttpAnswer): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const plain = decompress(answer);
  for (;;) {
    const { done, value } = await plain.read();
    if (value) {
      size += value.length;
      parts.push(value);
    }
    if (size > pageBytesMax) {
      await answer.cancel();
      throw new SahabError("upstream_invalid_response", `its list of models has more than ${pageBytesMax} bytes`);
    }
    if (done) return Buffer.concat(parts).toString();
  }
}
