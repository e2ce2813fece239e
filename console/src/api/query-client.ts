import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";
import { noteReachable } from "./reachable.ts";

const retriesMax = 2;

/** An answer 401 means that the session has ended: whatever was asked, the gate then asks for a key. */
function noteError(error: Error): void {
  if (!(error instanceof ApiError)) return;
  noteReachable(error.status !== 0);
  if (error.status === 401) void queryClient.invalidateQueries({ queryKey: ["session"] });
}
const noteAnswer = () => noteReachable(true);

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteError, onSuccess: noteAnswer }),
  mutationCache: new MutationCache({ onError: noteError, onSuccess: noteAnswer }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refuses it refuses again, and one that does not answer is asked again by the banner that says so.
      retry: (failures, error) => failures < retriesMax && !(error instanceof ApiError && error.status < 500),
      // The browser's own idea of being online says nothing of a server on this machine.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
