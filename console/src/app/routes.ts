import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readKeySearch } from "../pages/keys/find-keys.ts";
import { readProjectSearch } from "../pages/projects/project-search.ts";
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
  createRoute({
    ...page("/console/keys", "keys", "terms", "connect"),
    validateSearch: readKeySearch,
    component: lazyRouteComponent(() => import("../pages/keys/keys-page.tsx"), "KeysPage"),
  }),
  createRoute({
    ...page("/console/keys/$id", "keys", "terms", "connect"),
    component: lazyRouteComponent(() => import("../pages/keys/key-page.tsx"), "KeyPage"),
  }),
  createRoute({
    ...page("/console/projects", "projects", "terms"),
    validateSearch: readProjectSearch,
    component: lazyRouteComponent(() => import("../pages/projects/projects-page.tsx"), "ProjectsPage"),
  }),
  createRoute({
    ...page("/console/projects/$name", "projects", "terms", "keys"),
    component: lazyRouteComponent(() => import("../pages/projects/project-page.tsx"), "ProjectPage"),
  }),
  createRoute({ ...page("/console/usage"), component: notYet }),
  createRoute({ ...page("/console/requests"), component: notYet }),
  createRoute({ ...page("/console/models"), component: notYet }),
  createRoute({ ...page("/console/providers"), component: notYet }),
  createRoute({ ...page("/console/settings"), component: notYet }),
  createRoute({ ...page("/console/health"), component: notYet }),
]);
