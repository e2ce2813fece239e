import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";

const retriesMax = 2;

/** An answer 401 means that the session has ended: whatever was asked, the gate then asks for a key. */
function noteEnd(error: Error): void {
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: ["session"] });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteEnd }),
  mutationCache: new MutationCache({ onError: noteEnd }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refuses it refuses again.
      retry: (failures, error) =>
        failures < retriesMax && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      // Of the network: say at once that the server cannot be reached, and go on trying.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
