import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { Credentials } from "../vendor.ts";

interface Options {
  /** `ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]`; undefined for the machine's own credentials. */
  accessKey: string | undefined;
  region: string;
  service: string;
  now?: () => Date;
}

interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/**
 * Signs calls of AWS (Signature Version 4). Credentials of the machine come by AWS's own chain: environment, shared files and profiles,
 * SSO, web identity, containers, instances. They are kept until shortly before they end.
 */
export function createAwsCredentials({ accessKey, region, service, now = () => new Date() }: Options): Credentials {
  const own = accessKey === undefined ? undefined : parseAccessKey(accessKey);
  let secrets = own ? secretsOf(own) : [];
  let known: Promise<Identity> | undefined;
  /** On the monotonic clock. */
  let endsMs = Number.POSITIVE_INFINITY;
  const find = async (): Promise<Identity> => {
    // Only who calls Bedrock needs these libraries, and loading them takes 0.2 s.
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    const identity = await defaultProvider({ clientConfig: { region } })();
    secrets = secretsOf(identity);
    const ends = identity.expiration?.getTime();
    const nowMs = now().getTime();
    endsMs = ends === undefined ? Number.POSITIVE_INFINITY : performance.now() + ends - nowMs;
    return identity;
  };
  const identify = (): Promise<Identity> => {
    if (own) return Promise.resolve(own);
    if (known && performance.now() < endsMs - renewedBeforeMs) return known;
    endsMs = Number.POSITIVE_INFINITY;
    const finding = find();
    known = finding;
    // Who found nothing looks again at the next call.
    finding.catch(() => {
      if (known === finding) known = undefined;
    });
    return finding;
  };
  return {
    get secrets() {
      return secrets;
    },
    async headersFor({ url, body }) {
      const [{ SignatureV4 }, credentials] = await Promise.all([import("@smithy/signature-v4"), identify()]);
      const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
      const digest = createHash("sha256");
      for (const piece of body) digest.update(piece);
      const { headers } = await signer.sign(
        {
          method: "POST",
          protocol: url.protocol,
          hostname: url.hostname,
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: { host: url.host, [bodyHash]: digest.digest("hex") },
        },
        { signingDate: now() },
      );
      const { host: _, ...signed } = headers;
      return signed;
    },
    forget() {
      known = undefined;
    },
  };
}

/** The library's own SDKs renew five minutes before the end, too. */
const renewedBeforeMs = 5 * 60_000;
/** Given, so that the library does not read the body once more. */
const bodyHash = "x-amz-content-sha256";

function parseAccessKey(text: string): Identity {
  const [accessKeyId = "", secretAccessKey = "", sessionToken] = text.split(":");
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function secretsOf({ secretAccessKey, sessionToken }: Identity): string[] {
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}

/** The runtime's hash, as the library asks for one. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error("a hash is made for one text");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
