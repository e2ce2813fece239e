import { SahabError, toSahabError, type ErrorCode, type VendorBody } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { ConnectionClosed, decompress, type HttpAnswer } from "../transport/index.ts";
import type { Provider } from "./provider.ts";

/** Troubles of the operator's, which the caller hears of in our words. */
const operatorCodes = new Set<ErrorCode>(["upstream_authentication", "upstream_model_not_found"]);
/** A vendor's other bodies of these statuses reach clients of the same dialect byte for byte: programs match their wording. */
const passedStatuses = new Set([400, 404, 413, 422, 429, 529]);

/** What an answer that is no success says, without secrets; `isOwn`: the client speaks its dialect, too. */
export async function readProviderError(
  provider: Provider,
  dialect: Dialect,
  answer: HttpAnswer,
  isOwn: boolean,
): Promise<SahabError> {
  const { status } = answer;
  if (status < 400) {
    await answer.cancel();
    return new SahabError(
      "upstream_invalid_response",
      `Provider ${provider.name} answered with status ${status}; a redirect is not followed, since it would take the key elsewhere`,
    );
  }
  const contentType = answer.header("content-type") ?? "";
  const start = await readStart(answer, limits.errorBodyBytesMax);
  const text = provider.secrets.mask(new TextDecoder().decode(start.bytes));
  const { quirks } = provider.vendor;
  const retryAfter = answer.header("retry-after");
  const error = dialect.decodeError({ status, body: text, contentType, retryAfter, quirks });
  const isJson = start.isWhole && contentType.includes("json");
  const isForCaller = passedStatuses.has(status) && !operatorCodes.has(error.code);
  // A server that is only like the format's own vendor may say it in words that programs do not know.
  const isUnknownWording =
    error.code === "context_length_exceeded" &&
    dialect.contextWords?.said.test(`${error.vendorCode} ${error.message}`) === false;
  const isPassed =
    isOwn &&
    !isUnknownWording &&
    !provider.vendor.foreignErrors?.includes(dialect.api) &&
    isJson &&
    isForCaller &&
    !provider.holdsSecret(text);
  const vendorBody: VendorBody | undefined = isPassed
    ? { dialect: dialect.name, status, text, contentType: provider.secrets.mask(contentType) }
    : undefined;
  return provider.describe(error).with({ vendorBody });
}

/** What a call failed with before it was answered. */
export function describeFailure(provider: Provider, cause: unknown): SahabError {
  if (cause instanceof SahabError) return provider.describe(cause);
  if (cause instanceof ConnectionClosed)
    return new SahabError("upstream_closed", `Provider ${provider.name}: ${provider.secrets.mask(cause.message)}`, {
      cause,
    });
  const code = (cause as { code?: unknown }).code;
  if (typeof code === "string")
    return new SahabError("upstream_unreachable", `Provider ${provider.name}: the connection failed (${code})`, {
      cause,
    });
  if (cause instanceof Error) {
    return new SahabError(
      "upstream_invalid_response",
      `Provider ${provider.name}: ${provider.secrets.mask(cause.message)}`,
      { cause },
    );
  }
  return toSahabError(cause);
}

export function missingSecret({ name }: Provider): SahabError {
  return new SahabError(
    "upstream_authentication",
    `Provider ${name} cannot be called: a secret that it refers to is missing or not allowed there; the server's log says why`,
  );
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** The body's first bytes up to a bound; the rest is not read. */
async function readStart(answer: HttpAnswer, bytesMax: number): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let isWhole = false;
  try {
    const plain = decompress(answer);
    while (size < bytesMax) {
      const { done, value } = await plain.read();
      isWhole = done;
      if (done || !value) break;
      parts.push(value);
      size += value.length;
    }
  } catch {
    // The part that has come says enough.
  }
  await answer.cancel();
  return { bytes: Buffer.concat(parts).subarray(0, bytesMax), isWhole };
}
