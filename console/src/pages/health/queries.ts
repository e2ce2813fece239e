import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import type { Health } from "../../api/schema.d.ts";

/** The server looks at disks and clocks for it, so not more often. */
const healthMs = 15_000;

export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }): Promise<Health> => take(api.GET("/admin/v1/health", { signal })),
    refetchInterval: healthMs,
  });
}
