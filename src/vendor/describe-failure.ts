import { SahabError, toSahabError } from "../base/errors.ts";
import { ConnectionClosed } from "../transport/index.ts";
import type { Provider } from "./provider.ts";

/** Why a call has no answer, with the provider's name and without its secrets. */
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
