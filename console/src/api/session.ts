import { useQuery } from "@tanstack/react-query";
import { ApiError, toApiError } from "./api-error.ts";
import { sessionHeaders, setCsrf } from "./client.ts";
import { queryClient } from "./query-client.ts";

/** Who is signed in. */
export interface Session {
  actor: { name: string; role: string };
  csrf: string;
  /** ISO time. */
  expires_at: string;
  server: { version: string; name: string };
  signed_in_with: string;
}

export const sessionKey = ["session"] as const;

/** The session of this browser; null where nobody is signed in. */
export function useSession() {
  return useQuery({ queryKey: sessionKey, queryFn: readSession, staleTime: 60_000 });
}

/** With the admin key, or by the token of a link. */
export async function signIn(proof: { key: string } | { link: string }): Promise<void> {
  await ask("POST", proof);
  // Whatever another user has read in this browser is not theirs.
  queryClient.clear();
  await queryClient.fetchQuery({ queryKey: sessionKey, queryFn: readSession });
}

export async function signOut(options: { everywhere: boolean }): Promise<void> {
  await ask("DELETE", undefined, options.everywhere ? "/admin/v1/sessions" : "/admin/v1/session");
  setCsrf(undefined);
  queryClient.clear();
  queryClient.setQueryData(sessionKey, null);
}

async function readSession(): Promise<Session | null> {
  try {
    const session = (await ask("GET")) as Session;
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    setCsrf(undefined);
    return null;
  }
}

async function ask(method: string, body?: object, path = "/admin/v1/session"): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { ...sessionHeaders(), ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new ApiError(0, { code: "network", message: error instanceof Error ? error.message : "" });
  }
  const answer = (await response.json().catch(() => undefined)) as unknown;
  if (!response.ok) throw toApiError(response.status, answer);
  return answer;
}
