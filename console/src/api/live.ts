import { LiveSource } from "./live-source.ts";
import { queryClient } from "./query-client.ts";

/** The connection of this window. A server that refuses it has perhaps ended the session, and then the gate asks for a key. */
export const liveSource = new LiveSource({
  open: () => new EventSource("/admin/v1/events"),
  isHidden: () => document.visibilityState === "hidden",
  onRefused: () => void queryClient.invalidateQueries({ queryKey: ["session"] }),
});
document.addEventListener("visibilitychange", liveSource.noteVisibility);
