import { queryClient } from "./query-client.ts";

const csrfHeader = "x-sahab-csrf";
/** Sent with each request that changes something; `GET /admin/v1/session` gives it. */
let csrf: string | undefined;

export function setCsrf(token: string | undefined): void {
  csrf = token;
}

/**
 * `fetch` with the proof that this session's requests need. Where another window has signed in meanwhile, the proof is another one: it is
 * read anew, and what was refused is sent once more.
 */
export async function sessionFetch(input: string | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, { credentials: "same-origin", ...init });
  const sent = csrf;
  if (request.method === "GET" || sent === undefined) return fetch(request);
  const again = request.clone();
  request.headers.set(csrfHeader, sent);
  const answer = await fetch(request);
  if (answer.status !== 403) return answer;
  const now = await readCsrf();
  if (now === undefined || now === sent) return answer;
  csrf = now;
  void queryClient.invalidateQueries({ queryKey: ["session"] });
  again.headers.set(csrfHeader, now);
  return fetch(again);
}

/** Undefined where nobody is signed in any more, or the server does not answer. */
async function readCsrf(): Promise<string | undefined> {
  const answer = await fetch("/admin/v1/session", { credentials: "same-origin" }).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const { csrf: read } = (await answer.json()) as { csrf?: string | null };
  return read ?? undefined;
}
