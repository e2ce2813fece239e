import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import type { Connect } from "../../api/schema.d.ts";

/** How programs are pointed at this Sahab, with the lines for one model. */
export function useConnect(model: string | undefined) {
  return useQuery({
    queryKey: ["connect", model ?? ""],
    queryFn: ({ signal }): Promise<Connect> => {
      const query = { address: location.origin, platform: platformOf(navigator.userAgent), ...(model && { model }) };
      return take(api.GET("/admin/v1/connect", { params: { query }, signal }));
    },
    staleTime: 60_000,
    // A model that was there a moment ago: the lines stay while others are fetched.
    placeholderData: (before) => before,
  });
}

/** The reader's machine, whose shell and paths the lines are for. */
function platformOf(userAgent: string): "linux" | "darwin" | "win32" {
  if (/windows/i.test(userAgent)) return "win32";
  return /mac os|iphone|ipad/i.test(userAgent) ? "darwin" : "linux";
}
