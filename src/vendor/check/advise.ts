import { NoCredit, type SahabError } from "../../base/errors.ts";
import { isLoopback } from "../../base/address-ranges.ts";
import { showList } from "../../base/show-list.ts";
import { signsOf } from "../key-variables.ts";
import type { Provider } from "../provider.ts";
import type { StepName } from "./report.ts";

/** Where a provider is from: its key is in another place then. */
export type Origin = "configuration" | "environment";

/** What was found, and what the operator can do about it, in one text. */
export function describeFault(provider: Provider, origin: Origin, step: StepName, error: SahabError): string {
  const advice = adviceOn(provider, origin, step, error);
  const found = wordsOf(provider, error);
  return advice === undefined ? found : `${found}. ${advice}`;
}

/** The report has the provider's name already. Why there are no credentials is said in the log's words alone. */
function wordsOf({ name }: Provider, error: SahabError): string {
  const words = error.code === "upstream_authentication" ? error.logMessage : error.message;
  return words.replace(`Provider ${name}: `, "").replace(/\.$/, "");
}

function adviceOn(provider: Provider, origin: Origin, step: StepName, error: SahabError): string | undefined {
  // What nobody has set is not what is wrong.
  const told = (what: string): string =>
    provider.namesAddress ? `at ${what} of ${baseUrlField(provider, origin)}, and ` : "";
  if (step === "name")
    return `Look ${told("the host")}at this machine's DNS; where the way out is a proxy, set ${proxyField(provider)}`;
  // On this machine neither a firewall nor a proxy stands between.
  if (step === "connection" && provider.namesAddress && isOnThisMachine(provider.address))
    return `See whether what is to listen there runs, or look at host and port of ${baseUrlField(provider, origin)}`;
  if (step === "connection")
    return `Look ${told("host and port")}for a firewall; where the way out is a proxy, set ${proxyField(provider)}`;
  if (step === "proxy") return adviceOnProxy(provider, error);
  // Faults of a certificate say themselves what to do.
  if (step === "tls")
    return /certificate/.test(error.message)
      ? undefined
      : provider.namesAddress
        ? `Look at the port of ${baseUrlField(provider, origin)}, and at http:// or https:// before it`
        : `Look for what answers on this network in the vendor's place: a firewall, or a proxy that nobody has set`;
  if (error.cause instanceof NoCredit)
    return `The key is known, and its account has no money or no quota left: top it up at the vendor`;
  if (error.code === "upstream_authentication") return adviceOnKey(provider, origin);
  if (error.code === "upstream_model_not_found")
    return `Name a model that it has${provider.namesAddress ? `, or look at the path of ${baseUrlField(provider, origin)}` : ""}`;
  if (error.code === "upstream_rate_limited") return "The key is accepted; try again in a minute";
  return undefined;
}

function isOnThisMachine(address: string): boolean {
  return isLoopback(URL.parse(address)?.hostname.replaceAll(/[[\]]/g, "") ?? "");
}

function adviceOnProxy(provider: Provider, { message }: SahabError): string {
  const field = proxyField(provider);
  return message.includes("407")
    ? `Put user and password into the address: http://USER:PASSWORD@HOST:PORT in ${field}`
    : `Look at ${field}; NO_PROXY, or proxy: none of the provider, goes without`;
}

/** Where the key is kept, and of which region it has to be. */
export function adviceOnKey(provider: Provider, origin: Origin): string {
  return [`Look at ${keyField(provider, origin)}`, regionAdvice(provider, origin)].filter(Boolean).join(". ");
}

/** The variable or field that holds the key. */
export function keyField(provider: Provider, origin: Origin): string {
  const { name, vendor, keyPlace, secretReferences } = provider;
  const place = keyPlace === undefined ? "" : `, of its keys the ${ordinal(keyPlace)}`;
  if (origin === "environment")
    return `${signsOf(provider.vendorName).join(" or ")} where the server was started${place}`;
  if (!provider.hasKey && vendor.machineVariables)
    return `the credentials of the machine that the server runs on (or api_key of provider ${name})`;
  const reference = secretReferences.length === 0 ? "" : ` (${showList(secretReferences)})`;
  return `${keyPlace === undefined ? "api_key" : `api_keys[${keyPlace - 1}]`} of provider ${name}${reference}`;
}

function ordinal(place: number): string {
  return `${place}${["th", "st", "nd", "rd"][place % 100 > 10 && place % 100 < 14 ? 0 : place % 10] ?? "th"}`;
}

/** A key of one region is refused in the others. */
function regionAdvice({ vendor, region, address, name }: Provider, origin: Origin): string | undefined {
  const regions = Object.entries(vendor.regions ?? {});
  if (regions.length < 2) return undefined;
  const used = region ?? regions.find(([, own]) => own === address)?.[0];
  const others = regions.map(([other]) => other).filter((other) => other !== used);
  const where = used === undefined ? address : `region ${used} (${address})`;
  const how =
    origin === "environment"
      ? `declare provider ${name} in cloud.yaml with region: ${others.join(", ")}${vendor.baseUrlVariable === undefined ? "" : `, or set ${vendor.baseUrlVariable}`}`
      : `set region: ${others.join(", ")} of provider ${name}`;
  return `It asks ${where}, where keys of other regions are refused: if the key is from another one, ${how}`;
}

export function baseUrlField({ vendor, name }: Provider, origin: Origin): string {
  const variable = origin === "environment" ? vendor.baseUrlVariable : undefined;
  return variable ?? `base_url of provider ${name}`;
}

function proxyField({ namesProxy, name, address }: Provider): string {
  if (namesProxy) return `proxy of provider ${name}`;
  return `${address.startsWith("https:") ? "HTTPS_PROXY" : "HTTP_PROXY"} where the server is started (or proxy of provider ${name})`;
}
