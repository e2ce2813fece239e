import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readKeySearch } from "../pages/keys/find-keys.ts";
import { readProjectSearch } from "../pages/projects/project-search.ts";
import { needTexts } from "../i18n/i18n.ts";
import { parseRequestsSearch } from "../pages/requests/search.ts";
import { parseUsageSearch } from "../pages/usage/search.ts";
import { parseModelsSearch } from "../pages/models/search.ts";
import { parseChatSearch } from "../pages/chat/chat-search.ts";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell });

/** What each page needs: the texts of its namespace and of the components, beside its code. */
const page = <Path extends string>(path: Path, ...namespaces: string[]) => ({
  getParentRoute: () => root,
  path,
  loader: () => needTexts("ui", ...namespaces),
});

/** All pages. A page keeps its filters in its address, which `validateSearch` reads. */
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
  createRoute({
    ...page("/console/usage", "usage"),
    validateSearch: parseUsageSearch,
    component: lazyRouteComponent(() => import("../pages/usage/usage-page.tsx"), "UsagePage"),
  }),
  createRoute({
    ...page("/console/requests", "requests"),
    validateSearch: parseRequestsSearch,
    component: lazyRouteComponent(() => import("../pages/requests/requests-page.tsx"), "RequestsPage"),
  }),
  createRoute({
    ...page("/console/models", "models"),
    validateSearch: parseModelsSearch,
    component: lazyRouteComponent(() => import("../pages/models/models-page.tsx"), "ModelsPage"),
  }),
  createRoute({
    ...page("/console/providers", "providers"),
    component: lazyRouteComponent(() => import("../pages/providers/providers-page.tsx"), "ProvidersPage"),
  }),
  createRoute({
    ...page("/console/settings", "settings"),
    component: lazyRouteComponent(() => import("../pages/settings/settings-page.tsx"), "SettingsPage"),
  }),
  createRoute({
    ...page("/console/health", "health"),
    component: lazyRouteComponent(() => import("../pages/health/health-page.tsx"), "HealthPage"),
  }),
]);
