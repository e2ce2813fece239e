import type { GoogleAuth } from "google-auth-library";
import type { Credentials } from "../vendor.ts";

const scope = "https://www.googleapis.com/auth/cloud-platform";

/**
 * Access tokens of Google Cloud: of a service account, or by the machine's own credentials (GOOGLE_APPLICATION_CREDENTIALS, gcloud's
 * file, workload identity, the metadata server). The library keeps a token until shortly before its end.
 */
export function createGoogleCredentials(serviceAccount: string | undefined): Credentials {
  let known: Promise<GoogleAuth> | undefined;
  let secrets: readonly string[] = [];
  return {
    get secrets() {
      return secrets;
    },
    async headersFor() {
      known ??= openAuth(serviceAccount);
      const token = await (await known).getAccessToken();
      if (!token) throw new Error("Google gave no access token");
      if (token !== secrets[0]) secrets = [token];
      return { authorization: `Bearer ${token}` };
    },
    forget() {
      known = undefined;
    },
  };
}

async function openAuth(serviceAccount: string | undefined): Promise<GoogleAuth> {
  // Only who calls Vertex needs this library, and loading it takes 0.2 s.
  const library = await import("google-auth-library");
  // The library would run gcloud to find a project, which takes seconds and is used for nothing here.
  const options = { scopes: scope, projectId: "none" };
  if (serviceAccount === undefined) return new library.GoogleAuth(options);
  const credentials = parseServiceAccount(serviceAccount);
  if (!credentials) throw new Error("the key is no service account");
  return new library.GoogleAuth({ ...options, credentials });
}

/** Whether a key is the JSON of a service account, in base64, since keys have no spaces. */
export function isServiceAccount(key: string): boolean {
  return parseServiceAccount(key) !== undefined;
}

/**
 * Of the JSON no more is taken than who it is and its key: other kinds of credentials name files to read and servers to ask, which
 * whoever configures a provider must not choose.
 */
function parseServiceAccount(key: string): { client_email: string; private_key: string } | undefined {
  const text = /^e[yw]/.test(key) ? Buffer.from(key, "base64").toString() : "";
  try {
    const { type, client_email, private_key } = JSON.parse(text) as Record<string, unknown>;
    if (type !== "service_account" || typeof client_email !== "string" || typeof private_key !== "string")
      return undefined;
    return { client_email, private_key };
  } catch {
    return undefined;
  }
}
