import { eventNames, LiveSource, type Events } from "./live-source.ts";
import { queryClient } from "./query-client.ts";
import type { Session } from "./schema.d.ts";
import { SharedEvents, type Locks } from "./shared-events.ts";

/** The connection of all windows of this browser. Where it is lost the server has perhaps ended the session, and then the gate asks for a key; or it is down, and a banner says so. */
export const liveSource = new LiveSource({
  open: openEvents,
  isHidden: () => document.visibilityState === "hidden",
  onLost: () => void queryClient.invalidateQueries({ queryKey: ["session"] }),
});
document.addEventListener("visibilitychange", liveSource.noteVisibility);
addEventListener("pagehide", liveSource.noteLeft);
addEventListener("pageshow", liveSource.noteVisibility);

const open = () => new EventSource("/admin/v1/events");

/** Over plain http from another machine a browser has no locks, and each window that is seen has a connection of its own. */
function openEvents(): Events {
  const { locks } = navigator as { locks?: Locks };
  if (!locks) return open();
  // Windows of one session hear the same; another session may see other projects.
  const session = queryClient.getQueryData<Session | null>(["session"]);
  return new SharedEvents({ open, locks }, { channel: `sahab.live.${session?.csrf ?? ""}`, names: eventNames });
}
