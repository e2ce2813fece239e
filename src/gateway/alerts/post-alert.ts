import { createHmac } from "node:crypto";
import { SahabError } from "../../base/errors.ts";
import type { ProxySettings } from "../../base/proxy-address.ts";
import { Attempt } from "../../call/index.ts";
import type { AlertHook } from "../../config/index.ts";
import { postToCheckedAddress, type Resolve } from "../../transport/index.ts";

const connectMs = 5_000;
/** From the start to the head of the answer. */
const wholeMs = 10_000;

export interface PostOptions {
  proxies: ProxySettings;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
  /** Gives the post up. */
  signal: AbortSignal;
  /** Milliseconds since 1970: what the signature says. */
  nowMs: number;
}

/**
 * Posts an alert to a webhook, signed. Resolves with undefined where it was taken (status 2xx), else with what went wrong, in words without
 * the address or the secret. Never to an address of this machine or a private network unless the webhook allows it: the address that is
 * connected to is checked, at that moment. An answer that leads on is not followed. Never rejects.
 */
export async function postAlert(hook: AlertHook, body: string, options: PostOptions): Promise<string | undefined> {
  const { proxies, resolve, signal, nowMs } = options;
  if (hook.secret === undefined) return "it has no secret to sign with; apply the configuration with one";
  const headers = {
    "content-type": "application/json",
    "user-agent": "sahab",
    "x-sahab-signature": signatureOf(body, hook.secret, nowMs),
  };
  const attempt = new Attempt({ provider: "alerts", model: "" });
  const giveUp = (why: string) => attempt.cancel(new SahabError("upstream_timeout", why));
  const onAbort = () => giveUp("Sahab stops");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  const timer = setTimeout(() => giveUp(`it did not answer within ${wholeMs / 1000} s`), wholeMs);
  try {
    const rules = {
      hosts: "",
      hostsSetting: "",
      allowsNamed: false,
      allowsPrivate: hook.allowsPrivate,
      hint: "allow_private: true allows one of this machine or of a private network",
      proxies,
      resolve,
    };
    const answer = await postToCheckedAddress(new URL(hook.url), headers, Buffer.from(body), {
      rules,
      attempt,
      connectMs,
    });
    await answer.cancel();
    return answer.status >= 200 && answer.status < 300 ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    return attempt.reason?.message ?? (error instanceof SahabError ? error.message : "the connection failed");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * `t=SECONDS,v1=HEX`: the time of sending (since 1970) and HMAC-SHA256 over `SECONDS.BODY` with the webhook's secret. A receiver that
 * refuses old times cannot be played an old alert.
 */
function signatureOf(body: string, secret: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
