import { createRouter } from "@tanstack/react-router";
import { Broken } from "./error-boundary.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { routeTree } from "./routes.ts";

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  // Queries know themselves how old their data may be.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFoundPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
