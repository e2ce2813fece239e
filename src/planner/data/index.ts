import { askSimilar } from "../../base/find-similar.ts";
import { PlanFault, type Told, type ToldRate } from "../sheet/index.ts";
import type { Accelerator } from "./accelerator.ts";
import acceleratorList from "./accelerators.json" with { type: "json" };
import type { Finance, Host, Reactor, ServingFigure, Site } from "./data-types.ts";
import financeData from "./finance.json" with { type: "json" };
import hostList from "./hosts.json" with { type: "json" };
import rateList from "./rates.json" with { type: "json" };
import reactorData from "./reactor.json" with { type: "json" };
import servingList from "./serving.json" with { type: "json" };
import siteList from "./sites.json" with { type: "json" };

export type { Accelerator } from "./accelerator.ts";
export type { Finance, Host, ServingFigure, ServingGroup, Site } from "./data-types.ts";

export const accelerators: readonly Accelerator[] = acceleratorList;
export const hosts: readonly Host[] = hostList;
export const sites: readonly Site[] = siteList;
export const finance: Finance = financeData;
export const reactor: Reactor = reactorData;
export const servingFigures = servingList as readonly ServingFigure[];
/** For plans that declare none of their own. */
export const commonRates: readonly ToldRate[] = rateList;

export function findAccelerator(id: string): Accelerator {
  return find("accelerator", id, accelerators);
}

export function findSite(id: string): Site {
  return find("site", id, sites);
}

/** A site that a reactor supplies. */
export function atReactor(site: Site): Site {
  const { gramsPerKilowattHour, powerPrice } = reactor;
  return { ...site, gramsPerKilowattHour, powerPrice };
}

/** What part of the year reactors of a site's country give their power; the world's where it has none. */
export function reactorAvailabilityOf({ name, reactorAvailability }: Site): Told {
  if (reactorAvailability) return reactorAvailability;
  return { ...reactor.availability, source: `${reactor.availability.source}; ${name} has no reactors at work` };
}

/** The first host that carries this accelerator, with so many of them where a count is told. */
export function findHost(accelerator: string, count?: number): Host {
  const carrying = hosts.filter((host) => host.accelerators.includes(accelerator));
  const found = carrying.find((host) => count === undefined || host.count === count);
  if (found) return found;
  const allowed = carrying.map((host) => `${host.count} (${host.id})`).join(", ") || "none";
  throw new PlanFault(`Cannot find a host for ${count ?? "any number of"} ${accelerator}: allowed are ${allowed}`);
}

/** What was published of a model on an accelerator, names compared without regard to capitals. */
export function findServing(model: string, accelerator: string): ServingFigure | undefined {
  const wanted = model.toLowerCase();
  return servingFigures.find((found) => found.model.toLowerCase() === wanted && found.accelerator === accelerator);
}

function find<T extends { id: string }>(what: string, id: string, known: readonly T[]): T {
  const wanted = id.toLowerCase();
  const found = known.find((entry) => entry.id.toLowerCase() === wanted);
  // "h100" is the only one that begins so.
  const [first, second] = known.filter((entry) => entry.id.toLowerCase().startsWith(`${wanted}-`));
  if (found) return found;
  if (first && !second) return first;
  const ids = known.map((entry) => entry.id);
  throw new PlanFault(`Cannot find ${what} ${JSON.stringify(id)}${askSimilar(id, ids)}; allowed are ${ids.join(", ")}`);
}
