import { createRoute, z } from "@hono/zod-openapi";
import { LiveEvents, type LiveDeps } from "./live-events.ts";
import { failure, type AdminApp } from "./route-parts.ts";

export function addEventRoute(app: AdminApp, deps: LiveDeps): void {
  const live = new LiveEvents(deps);
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/events",
      summary: "What happens, as it happens",
      description:
        "Server-sent events: `ready` at the start; `request` with a usage record as `/admin/v1/requests` has it, when it has ended; `missed` where more ended than are told; `budget` with the accounts whose spending moved; `changed` when the configuration or a key is another one; `health` when engines, resting replicas or the store are in another state. Nothing is told twice, and nothing of before: after connecting anew, lists are to be read anew.",
      responses: {
        200: {
          description: "Events, until the client leaves",
          content: { "text/event-stream": { schema: z.string() } },
        },
        503: failure,
      },
    }),
    (context) => {
      const body = live.listen(context.get("actor").scope, {
        signal: context.req.raw.signal,
        recheck: context.get("recheck"),
      });
      // Proxies such as nginx would hold events back otherwise.
      const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
      return new Response(body, { headers });
    },
  );
}
