import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { needTexts } from "../i18n/i18n.ts";
import { parseModelsSearch } from "../pages/models/search.ts";
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
  createRoute({ ...page("/console/chat"), component: notYet }),
  createRoute({ ...page("/console/keys"), component: notYet }),
  createRoute({ ...page("/console/projects"), component: notYet }),
  createRoute({ ...page("/console/usage"), component: notYet }),
  createRoute({ ...page("/console/requests"), component: notYet }),
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
