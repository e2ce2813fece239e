import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { SahabError } from "../base/errors.ts";
import { withoutCredentials } from "../base/proxy-address.ts";
import { partNames } from "../engine/index.ts";
import { describeAddress, type KnownFile } from "./download.ts";
import { findHubModel, hintForName, nameForms, type HubModel } from "./hub/index.ts";
import { builtInFile, builtInName, builtInSource } from "./model-files.ts";
import { requireAllowedPath, type ModelSources } from "./model-sources.ts";

/** One file of a model. */
export interface PlannedFile {
  /** An address, or a path of this machine. */
  source: string;
  /** The source as messages may show it. */
  shown: string;
  /** The name under which it is stored by default. */
  name: string;
  /** The same for the same bytes: a part is continued where this is the same. */
  identity: string;
  known?: KnownFile | undefined;
}

/** What is to be fetched for a source. */
export interface PullPlan {
  /** As messages may show it. */
  shown: string;
  isWeb: boolean;
  /** It is the model that comes with Sahab, whose folder anybody may name. */
  isBuiltIn?: boolean;
  files: PlannedFile[];
  /** SHA-256 that the source itself names, in hexadecimal. */
  namedHash?: string | undefined;
  /** Where a hub was asked. Its hosts may be in a private network. */
  hub?: HubModel | undefined;
}

/** Finds out which files a source has; asks its hub where it names one. Throws `invalid_request` for what no source is. */
export async function planPull(
  source: string,
  options: { sources: ModelSources; signal: AbortSignal },
): Promise<PullPlan> {
  const hub = await findHubModel(source, options);
  if (hub) return planOfHub(hub);
  if (source.trim() === builtInName && !isThere(options.sources, source)) return planOfBuiltIn();
  const hint = hintForName(source);
  if (hint !== undefined && !isThere(options.sources, source)) throw new SahabError("invalid_request", hint);
  const { isWeb, path, file: ownName, sha256 } = parseSource(source);
  const files = partNames(ownName).map((name): PlannedFile => {
    // The address may name the file in its path, its query or both; of the name only the number differs.
    const [own, part] = [ownName, name].map((it) => /-\d{5}-of-\d{5}\.gguf$/i.exec(it)?.[0] ?? "");
    const ofPart = (text: string) => (own && part ? text.replaceAll(own, part) : text);
    const [from, fromPath] = [ofPart(source), ofPart(path)];
    return {
      source: isWeb ? from : fromPath,
      shown: isWeb ? describeAddress(from) : fromPath,
      name: fileNameOf(name),
      identity: from,
    };
  });
  return { shown: isWeb ? describeAddress(source) : source, isWeb, files, namedHash: sha256 };
}

function planOfBuiltIn(): PullPlan {
  const file = { source: builtInSource, shown: builtInName, name: builtInFile, identity: builtInSource };
  return { shown: builtInName, isWeb: false, isBuiltIn: true, files: [file] };
}

function planOfHub(hub: HubModel): PullPlan {
  const { secretHeaders, describeRefusal } = hub;
  const files = hub.files.map(({ address, name, bytes, sha256 }): PlannedFile => {
    return {
      source: address,
      shown: describeAddress(address),
      name: fileNameOf(name),
      identity: sha256 === undefined ? address : `sha256:${sha256}`,
      known: { bytes, sha256, secretHeaders, describeRefusal },
    };
  });
  return { shown: hub.shown, isWeb: true, files, hub };
}

/** The same words for a file that may not be named as for one that is not there. */
function isThere(sources: ModelSources, path: string): boolean {
  try {
    return existsSync(requireAllowedPath(sources, path));
  } catch {
    return false;
  }
}

interface Source {
  isWeb: boolean;
  path: string;
  /** Its name there. */
  file: string;
  sha256?: string | undefined;
}

function parseSource(source: string): Source {
  const isWeb = /^https?:/i.test(source);
  if (!isWeb && !/^file:/i.test(source)) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
    if (scheme !== undefined)
      throw new SahabError(
        "invalid_request",
        `Models are not pulled from ${scheme}:// addresses; allowed: ${nameForms}`,
      );
    return { isWeb, path: source, file: basename(source) };
  }
  try {
    const path = isWeb ? decodeURIComponent(new URL(source).pathname) : fileURLToPath(source);
    // What a registry stores, such as Ollama's, is named for its hash.
    const sha256 = isWeb ? /\/blobs\/sha256:([0-9a-f]{64})$/i.exec(path)?.[1] : undefined;
    return { isWeb, path, file: sha256 === undefined ? basename(path) : `sha256-${sha256}`, sha256 };
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    throw new SahabError(
      "invalid_request",
      `${describeInvalid(source)} is not a valid address; one such as https://example.com/model.gguf, or a path is allowed`,
      { cause },
    );
  }
}

/** A source as it may be shown: of an address what leads to the file, and no password and no query. */
export function describeSource(source: string): string {
  if (!/^https?:/i.test(source)) return source;
  return URL.canParse(source) ? describeAddress(source) : describeInvalid(source);
}

/** What is no address, as messages may show it: without a password and without the query. */
function describeInvalid(source: string): string {
  // Of an @ behind a ? cannot be said whether it ends a password or is part of the query.
  if (/\?.*@/s.test(source)) return source.replace(/\/\/.*|\?.*/s, "//…");
  return withoutCredentials(source).replace(/\?.*/s, "?…");
}

/** The source's name with hyphens for what may not be in the name of a model; its parts keep their numbers. */
function fileNameOf(path: string): string {
  const name = basename(path);
  if (name === "")
    throw new SahabError(
      "invalid_request",
      "Cannot tell the file's name: the source ends in none, as /model.gguf would be",
    );
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name))
    return name.toLowerCase().endsWith(".gguf") ? name : `${name}.gguf`;
  const tail = /(?:-\d{5}-of-\d{5})?\.gguf$/i.exec(name)?.[0];
  const stem = name
    .slice(0, name.length - (tail?.length ?? 0))
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, stemCharsMax);
  return `${stem || "model"}${tail ?? ".gguf"}`;
}

const stemCharsMax = 180;
