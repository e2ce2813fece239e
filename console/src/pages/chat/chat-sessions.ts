import { queryClient } from "../../api/query-client.ts";
import { ChatSession, type ChatSettings } from "./chat-session.ts";
import { conversationQuery } from "./conversations.ts";

/** Conversations that stay in memory, so that going back to one is quick. */
const sessionsMax = 12;
const key = ["chat-sessions"];
// With the rest of the cache it goes when somebody else signs in, and not before.
queryClient.setQueryDefaults(key, { gcTime: Infinity });

interface Opened {
  byId: Map<string, ChatSession>;
  /** The one that has no message yet. */
  draft: ChatSession | undefined;
}

/** The session of a conversation; without an id that of a new one. `onCreated` hears when a new one is kept under an id. */
export function openSession(
  id: string | undefined,
  settings: () => ChatSettings,
  onCreated: (id: string, session: ChatSession) => void,
): ChatSession {
  const opened = read();
  if (id === undefined) return (opened.draft ??= newDraft(settings(), onCreated));
  let session = opened.byId.get(id);
  if (session) {
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

function newDraft(settings: ChatSettings, onCreated: (id: string, session: ChatSession) => void): ChatSession {
  return new ChatSession(settings, (id, session) => {
    const opened = read();
    if (opened.draft === session) opened.draft = undefined;
    opened.byId.set(id, session);
    trim(opened);
    onCreated(id, session);
  });
}

function trim({ byId }: Opened): void {
  for (const [id, session] of byId) {
    if (byId.size <= sessionsMax) return;
    if (!session.isStreaming) byId.delete(id);
  }
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
