import { useEffect, useRef, useSyncExternalStore } from "react";
import { readSetting, writeSetting } from "../../app/settings-kept.ts";
import type { ChatSession, ChatSettings, ChatState } from "./chat-session.ts";
import { openSession, settleDraft } from "./chat-sessions.ts";
import { usualProject } from "./projects.ts";

/** The conversation with this id, or a new one; `onCreated` hears its id once it is kept, while it is the one that is shown. */
export function useChat(
  id: string | undefined,
  onCreated: (id: string) => void,
): { session: ChatSession; state: ChatState } {
  const shown = useRef<ChatSession>(undefined);
  const tell = useRef(onCreated);
  const session = openSession(id, usualSettings, (created, which) => {
    if (shown.current !== which) return false;
    tell.current(created);
    return true;
  });
  useEffect(() => {
    shown.current = session;
    tell.current = onCreated;
  });
  useEffect(
    () => () => {
      if (shown.current) settleDraft(shown.current);
      shown.current = undefined;
    },
    [],
  );
  const state = useSyncExternalStore(session.subscribe, session.getState);
  const { models, project } = state.settings;
  useEffect(() => {
    if (models.length > 0) writeSetting("chat-models", JSON.stringify([project, ...models]));
  }, [models, project]);
  return { session, state };
}

/** What was chosen last in this browser. */
function usualSettings(): ChatSettings {
  const kept = parseList(readSetting("chat-models"));
  const [project = usualProject, ...models] = kept;
  return { project, models: [...new Set(models)].slice(0, 2), system: "", parameters: {}, keepDays: 30 };
}

function parseList(text: string | undefined): string[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}
