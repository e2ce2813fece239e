import { queryClient } from "../../api/query-client.ts";
import { watchReachable } from "../../api/reachable.ts";
import { ChatSession, type ChatSettings } from "./chat-session.ts";
import { conversationQuery } from "./conversations.ts";

/** Conversations that stay in memory, so that going back to one is quick. */
const sessionsMax = 12;
const key = ["chat-sessions"];
// With the rest of the cache it goes when somebody else signs in, and not before.
queryClient.setQueryDefaults(key, { gcTime: Infinity });
queryClient.getQueryCache().subscribe(({ type, query }) => {
  if (type === "removed" && query.queryKey[0] === key[0])
    for (const session of sessionsOf(query.state.data)) session.end();
});
watchReachable((isNow) => {
  if (isNow) for (const session of sessionsOf(queryClient.getQueryData(key))) session.keepAgain();
});
globalThis.addEventListener("pagehide", () => {
  for (const session of sessionsOf(queryClient.getQueryData(key))) session.stop();
});

interface Opened {
  byId: Map<string, ChatSession>;
  /** The one that has no message yet. */
  draft: ChatSession | undefined;
}

/** The session of a conversation; without an id that of a new one. `onCreated` hears when a new one is kept under an id, and says whether it is shown. */
export function openSession(
  id: string | undefined,
  settings: () => ChatSettings,
  onCreated: (id: string, session: ChatSession) => boolean,
): ChatSession {
  const opened = read();
  if (id === undefined) return (opened.draft ??= newDraft(settings(), onCreated));
  let session = opened.byId.get(id);
  if (session) {
    settleDraft(session);
    // Last in the map is used last.
    opened.byId.delete(id);
    opened.byId.set(id, session);
    return session;
  }
  session = new ChatSession(settings(), () => undefined);
  void loadInto(session, id);
  opened.byId.set(id, session);
  trim(opened);
  return session;
}

/**
 * To be called once a new conversation is shown under its id, or no longer shown. Until the page's address has changed to the id, the page
 * may be drawn again and must find the same session: another one would take what is being typed, the focus and open lists with it.
 */
export function settleDraft(session: ChatSession): void {
  const opened = read();
  if (opened.draft === session && [...opened.byId.values()].includes(session)) opened.draft = undefined;
}

/** Begins a new conversation with the same settings; the one before stays where it is. */
export function resetDraft(): void {
  read().draft = undefined;
}

export function findSession(id: string): ChatSession | undefined {
  return read().byId.get(id);
}

export function forgetSession(id: string): void {
  const { byId } = read();
  byId.get(id)?.stop();
  byId.delete(id);
}

async function loadInto(session: ChatSession, id: string): Promise<void> {
  session.markLoading();
  try {
    await session.load(await queryClient.fetchQuery(conversationQuery(id)));
  } catch (error) {
    session.failLoading(error);
  }
}

function newDraft(settings: ChatSettings, onCreated: (id: string, session: ChatSession) => boolean): ChatSession {
  return new ChatSession(settings, (id, session) => {
    const opened = read();
    opened.byId.set(id, session);
    trim(opened);
    if (!onCreated(id, session)) settleDraft(session);
  });
}

function trim({ byId }: Opened): void {
  for (const [id, session] of byId) {
    if (byId.size <= sessionsMax) return;
    if (!session.isStreaming) byId.delete(id);
  }
}

function sessionsOf(opened: unknown): ChatSession[] {
  const { byId, draft } = (opened ?? { byId: new Map(), draft: undefined }) as Opened;
  return [...new Set([...byId.values(), ...(draft ? [draft] : [])])];
}

function read(): Opened {
  return (
    queryClient.getQueryData<Opened>(key) ??
    queryClient.setQueryData<Opened>(key, { byId: new Map(), draft: undefined }) ?? {
      byId: new Map(),
      draft: undefined,
    }
  );
}
