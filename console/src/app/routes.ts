import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { needTexts } from "../i18n/i18n.ts";
import { parseChatSearch } from "../pages/chat/chat-search.ts";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell });

/** What each page needs: the texts of its namespace and of the components, beside its code. */
const page = <Path extends string>(path: Path, ...namespaces: string[]) => ({
  getParentRoute: () => root,
  path,
  loader: () => needTexts("ui", ...namespaces),
});

const notYet = lazyRouteComponent(() => import("../pages/not-yet/not-yet-page.tsx"), "NotYetPage");

/** The table of pages. Filters of a page stand in its address: `createRoute({ ...page(…), validateSearch, component })`. */
export const routeTree = root.addChildren([
  createRoute({
    ...page("/", "home"),
    component: lazyRouteComponent(() => import("../pages/home/home-page.tsx"), "HomePage"),
  }),
  createRoute({
    ...page("/console/chat", "chat"),
    validateSearch: parseChatSearch,
    component: lazyRouteComponent(() => import("../pages/chat/chat-page.tsx"), "ChatPage"),
  }),
  createRoute({ ...page("/console/keys"), component: notYet }),
  createRoute({ ...page("/console/projects"), component: notYet }),
  createRoute({ ...page("/console/usage"), component: notYet }),
  createRoute({ ...page("/console/requests"), component: notYet }),
  createRoute({ ...page("/console/models"), component: notYet }),
  createRoute({ ...page("/console/providers"), component: notYet }),
  createRoute({ ...page("/console/settings"), component: notYet }),
  createRoute({ ...page("/console/health"), component: notYet }),
]);
