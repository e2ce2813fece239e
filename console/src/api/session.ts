import { useQuery } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";
import { api, take } from "./client.ts";
import { queryClient } from "./query-client.ts";
import type { Session } from "./schema.d.ts";
import { setCsrf } from "./session-fetch.ts";

const sessionKey = ["session"] as const;

/** The session of this browser; null where nobody is signed in. */
export function useSession() {
  return useQuery({ queryKey: sessionKey, queryFn: readSession, staleTime: 60_000 });
}

/** With the admin key, or by the token of a link. */
export async function signIn(proof: { key: string } | { link: string }): Promise<void> {
  const session = await take(api.POST("/admin/v1/session", { body: proof }));
  forgetOthers();
  setCsrf(session.csrf ?? undefined);
  queryClient.setQueryData<Session | null>(sessionKey, session);
}

export async function signOut({ everywhere }: { everywhere: boolean }): Promise<void> {
  await take(api.DELETE(everywhere ? "/admin/v1/sessions" : "/admin/v1/session"));
  setCsrf(undefined);
  forgetOthers();
  queryClient.setQueryData(sessionKey, null);
}

/** What one user has read is not the next one's to see. The session itself stays, since the page looks at it. */
function forgetOthers(): void {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
}

async function readSession(): Promise<Session | null> {
  try {
    const session = await take(api.GET("/admin/v1/session"));
    setCsrf(session.csrf ?? undefined);
    return session;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    setCsrf(undefined);
    return null;
  }
}
