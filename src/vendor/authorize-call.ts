import { must } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import type { Attempt } from "../call/index.ts";
import type { Provider } from "./provider.ts";

/** Until there are credentials for a call: they are at hand but for the first, and those after an hour or so. */
const credentialsMsMax = 15_000;

/** The headers that authorise a call at a provider with credentials. They may come over the network, so that this is a phase of the attempt. */
export async function authorizeCall(
  { credentials, secrets }: Provider,
  call: { url: URL; body: readonly Uint8Array[] },
  attempt: Attempt,
): Promise<Record<string, string>> {
  attempt.allow(credentialsMsMax);
  const cancelled = new Promise<never>((_, reject) => attempt.onCancel(reject));
  try {
    const known = must(credentials, "it has credentials");
    const headers = await Promise.race([known.headersFor(call), cancelled]);
    secrets.learn(known.secrets);
    return headers;
  } catch (cause) {
    attempt.throwIfCancelled();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = "it cannot be called: there are no credentials for it";
    if (credentials) secrets.learn(credentials.secrets);
    // The library's own error is not kept: a log of it would have its words as they are.
    throw new SahabError("upstream_authentication", message, {
      logMessage: `${message}: ${secrets.mask(why).slice(0, 500)}`,
    });
  } finally {
    attempt.onCancel(undefined);
  }
}
