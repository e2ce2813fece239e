import type { TestSahab } from "./run-sahab.ts";

/** What a test must say to do as a page of the console does. */
export interface BrowserSession {
  cookie: string;
  csrf: string;
  /** A request with the session's cookie and, unless told otherwise, its proof against other pages. */
  call(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
}

/** Signs in as a browser does. Throws what the server says. */
export async function signIn(
  sahab: Pick<TestSahab, "address" | "adminKey" | "fetchTls">,
  by: { key: string } | { link: string } = { key: sahab.adminKey },
  headers: Record<string, string> = {},
): Promise<BrowserSession> {
  const response = await postSignIn(sahab, by, headers);
  if (!response.ok) throw new Error(`signing in was answered ${response.status}: ${await response.text()}`);
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  const { csrf } = (await response.json()) as { csrf: string };
  return {
    cookie,
    csrf,
    call(path, { json, ...init } = {}) {
      const method = init.method ?? (json === undefined ? "GET" : "POST");
      return fetch(sahab.address + path, {
        ...sahab.fetchTls,
        ...init,
        method,
        ...(json !== undefined && { body: JSON.stringify(json) }),
        headers: { cookie, "x-sahab-csrf": csrf, ...headers, ...(init.headers as Record<string, string> | undefined) },
      });
    },
  };
}

export function postSignIn(
  { address, fetchTls }: Pick<TestSahab, "address" | "fetchTls">,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${address}/admin/v1/session`, {
    ...fetchTls,
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}
