import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Refresher } from "./refresher.ts";
import { useLive } from "./use-live.ts";

/** What moves when a request has ended. Reports of usage are left out: they are too dear to be made anew each time. */
const ofRequests: QueryKey[] = [["keys"], ["projects"], ["requests", "latest"], ["requests", "of"]];
const ofConfig: QueryKey[] = [
  ["keys"],
  ["projects"],
  ["models"],
  ["providers"],
  ["aliases"],
  ["engines"],
  ["settings"],
  // It says what holds in the chat.
  ["session"],
  ["content-log"],
  ["status"],
];
const ofHealth: QueryKey[] = [["health"], ["engines"], ["models"], ["providers"], ["status"]];

/** Reads anew what live events say has changed, of whatever page is shown. */
export function useLiveQueries(): void {
  const client = useQueryClient();
  const refresher = useMemo(
    () => new Refresher((queryKey) => void client.invalidateQueries({ queryKey }), { waitMs: 2_000 }),
    [client],
  );
  useEffect(() => () => refresher.stop(), [refresher]);
  useLive({
    ready: () => {
      // Requests may have ended between the first reading of this page and now.
      refresher.refresh(ofRequests);
      refresher.noteReady([...ofConfig, ...ofHealth]);
    },
    budget: () => refresher.refresh(ofRequests),
    missed: () => refresher.refresh(ofRequests),
    changed: () => refresher.refresh(ofConfig),
    health: () => refresher.refresh(ofHealth),
  });
}
