import { isIP } from "node:net";
import { kindOfAddress } from "../../base/address-kind.ts";
import { isLoopback } from "../../base/address-ranges.ts";
import { SahabError } from "../../base/errors.ts";
import { partNames, withoutPart } from "../../engine/index.ts";
import { isListed } from "../../transport/index.ts";
import type { ModelSources } from "../model-sources.ts";
import { chooseModel, type ModelChoice } from "./choose-model.ts";
import { describeRefusal, type HubRefusal } from "./describe-refusal.ts";
import type { HubAnswer, HubFile } from "./hub.ts";
import { hostsOf, listFiles, secretsOf } from "./list-files.ts";
import { parseHubName, type HubName } from "./parse-hub-name.ts";

/** A model that a hub has, and how its files are fetched. */
export interface HubModel {
  /** Its name in full. */
  shown: string;
  quantization: string | undefined;
  /** In order; each is stored under `name` where that is free. */
  files: (HubFile & { address: string; name: string })[];
  bytes: number;
  /** What else its repository has. */
  others: ModelChoice[];
  /** Hosts that may be in a private network. */
  hosts: string;
  /** For the hub's own origin only. */
  secretHeaders: Record<string, string>;
  /** What an answer that is no file means. */
  describeRefusal(answer: HubAnswer): HubRefusal;
}

/** Asks the hub that a source names for a model's files, and chooses. Undefined where the source names no hub. */
export async function findHubModel(
  source: string,
  options: { sources: ModelSources; signal: AbortSignal },
): Promise<HubModel | undefined> {
  const name = parseHubName(source, options.sources.hubs);
  if (!name) return undefined;
  const { hub, repository, revision } = name;
  requireSoundSettings(name, options.sources);
  const { chosen, others } = chooseModel(name, await listFiles(name, options));
  return {
    shown: name.shown,
    quantization: chosen.quantization,
    files: chosen.files.map((file) => ({
      ...file,
      address: hub.fileAddress(repository, revision, file.path).href,
      name: storedName(name, file.path),
    })),
    bytes: chosen.bytes,
    others,
    hosts: hostsOf(hub, options.sources),
    secretHeaders: secretsOf(hub),
    describeRefusal: (answer) => describeRefusal(name, answer),
  };
}

/** Throws `invalid_request` where the variables of the hub are wrong, or its token could be read on the way there. */
function requireSoundSettings({ hub, shown }: HubName, { hosts }: ModelSources): void {
  const { endpoint, token, fault } = hub.settings;
  if (fault !== undefined)
    throw new SahabError("invalid_request", `Cannot pull ${shown}: ${fault}. It is in the Sahab server's environment`);
  if (token === undefined || !endpoint.startsWith("http:")) return;
  const { hostname, port } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isNear = isLoopback(host) || (isIP(host) !== 0 && kindOfAddress(host) === "private");
  if (isNear || isListed(hosts, host, Number(port || 80))) return;
  throw new SahabError(
    "invalid_request",
    `Cannot pull ${shown}: ${hub.endpointSetting} is ${endpoint}, and ${hub.title}'s token could be read on the way there; use https, unset ${[hub.tokenSetting, hub.pullTokenSetting].filter(Boolean).join(" and ")}, or list a host of your own network in SAHAB_PULL_HOSTS`,
  );
}

/** The file's own name, or with the repository's where it says nothing of the model, such as `ggml-model-q4_0.gguf` or `Q8_0.gguf`. */
function storedName({ repository }: HubName, path: string): string {
  const own = path.slice(path.lastIndexOf("/") + 1).replaceAll(/[^A-Za-z0-9._-]+/g, "-");
  const whole = withoutPart(own);
  const title = repository.slice(repository.indexOf("/") + 1).replace(/[-_.]gguf$/i, "");
  const generic =
    /^(?:ggml[-_.])?(?:model|weights|ggml)?[-_.]?(?=(?:UD-)?(?:[IT]?Q[1-8]|B?F(?:P)?(?:16|32)|MXFP4|gguf))/i.exec(
      whole,
    );
  const named = generic ? `${title}-${own.slice(generic[0].length)}`.replace(/-gguf$/i, ".gguf") : own;
  const start = named.replace(/^[^A-Za-z0-9]+/, "");
  // A very long one keeps what says which part it is.
  return partNames(own).length > 1 || start.length <= nameCharsMax ? start : `${start.slice(0, nameCharsMax)}.gguf`;
}

const nameCharsMax = 190;
