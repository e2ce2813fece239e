import { SahabError } from "../../base/errors.ts";
import type { Hubs } from "../../base/hub-settings.ts";
import type { Hub, PagePath } from "./hub.ts";
import { huggingFace } from "./hugging-face.ts";
import { modelScope } from "./model-scope.ts";

/** A model, or a file of it, by its name on a hub. */
export interface HubName {
  hub: Hub;
  /** `OWNER/REPO` */
  repository: string;
  revision: string;
  /** What follows the colon; undefined where the best is to be chosen. */
  quantization: string | undefined;
  /** A file of the repository, where one is named. */
  path: string | undefined;
  /** As it is written in full. */
  shown: string;
}

/** What a pull may name, for messages. */
export const nameForms =
  "hf.co/OWNER/REPO[:QUANT], modelscope.cn/OWNER/REPO[:QUANT], an http(s) address of a GGUF file, or a file on the machine that runs Sahab";

/**
 * The model that a source names on a hub: `hf.co/OWNER/REPO`, with `:QUANT` or `:FILE.gguf` and `@REVISION` behind it or not, or the
 * address of its page. Undefined for anything else. Throws `invalid_request` for what begins as a hub's name and is none.
 */
export function parseHubName(source: string, hubs: Hubs): HubName | undefined {
  const all = [huggingFace(hubs.huggingFace), modelScope(hubs.modelScope)];
  const text = source.trim();
  if (/^https?:\/\//i.test(text)) return parseAddress(text, all);
  const short = /^(hf|ms|modelscope):(?:\/\/)?(.+)$/is.exec(text);
  if (short?.[2] !== undefined) {
    const hub = all[short[1]?.toLowerCase() === "hf" ? 0 : 1] as Hub;
    return parseRest(hub, withoutQuery(short[2]), text);
  }
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(0, slash)).toLowerCase();
  const hub = all.find(({ hosts, settings }) => hosts.includes(host) || new URL(settings.endpoint).host === host);
  return hub && parseRest(hub, withoutQuery(text.slice(slash + 1)), text);
}

const withoutQuery = (text: string) => text.replace(/[?#].*$/s, "");

/** A page's address, or a file's on the hub itself; undefined for other files of its host. */
function parseAddress(source: string, hubs: readonly Hub[]): HubName | undefined {
  if (!URL.canParse(source)) return undefined;
  const url = new URL(source);
  if (url.username !== "" || url.password !== "") return undefined;
  const hub = hubs.find(({ hosts, settings }) => hosts.includes(url.host) || isBelow(url, settings.endpoint));
  if (!hub) return undefined;
  const isPublic = hub.hosts.includes(url.host);
  const start = isPublic ? 0 : new URL(hub.settings.endpoint).pathname.replace(/\/$/, "").length;
  const rest = url.pathname.slice(start).replace(/^\/+/, "");
  const isFile = /\.gguf$/i.test(rest) && !/\/(?:blob|resolve|raw|view)\//.test(rest);
  // Whoever runs a mirror may serve other files beside it.
  if (isFile || (!isPublic && !isPage(hub, rest))) return undefined;
  if (isPublic && !isPage(hub, rest) && /\/resolve\//.test(rest)) return undefined;
  return parseRest(hub, rest, source);
}

const isBelow = (url: URL, endpoint: string) => `${url.origin}${url.pathname}`.startsWith(`${endpoint}/`);
const isPage = (hub: Hub, rest: string) => hub.parsePath(segmentsOf(rest)) !== undefined;
const segmentsOf = (text: string) =>
  text.split("/").filter((part, index, all) => part !== "" || index < all.length - 1);

function parseRest(hub: Hub, rest: string, source: string): HubName {
  const refuse = (why: string) =>
    new SahabError(
      "invalid_request",
      `${source.replace(/[?#].*$/s, "")} ${why}; a model is named ${describeForms(hub)}`,
    );
  const decoded = decode(rest);
  if (decoded === undefined) throw refuse("has a % that stands for nothing");
  const head = /^((?:models\/)?[^/]+\/[^/:@]+)([:@].*)$/s.exec(decoded);
  const found = hub.parsePath(segmentsOf(head?.[1] ?? decoded)) ?? filePath(hub, decoded);
  if (!found) throw refuse(`names no model of ${hub.title}`);
  const tail = head ? parseTail(head[2] ?? "") : {};
  if (!tail) throw refuse("has something behind the model's name that is neither :QUANT nor @REVISION");
  const revision = tail.revision ?? found.revision ?? hub.revision;
  const isFile = tail.tag !== undefined && /\.gguf$/i.test(tail.tag);
  const path = isFile ? tail.tag : found.path;
  const quantization = isFile || tail.tag?.toLowerCase() === "latest" ? undefined : tail.tag;
  if (!found.repository.split("/").every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$/.test(part)))
    throw refuse(`names no model of ${hub.title}`);
  if (!/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/.test(revision) || hasDots(revision))
    throw refuse("has a revision with other characters than letters, digits and . _ / -");
  if (quantization !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(quantization))
    throw refuse("has a quantization with other characters than letters, digits and . _ -");
  if (path !== undefined && (path.length > 1000 || hasDots(path))) throw refuse("names a file by no path of its own");
  if (path !== undefined && !/\.gguf$/i.test(path)) throw refuse("names a file that is not in GGUF (.gguf)");
  const { repository } = found;
  const at = revision === hub.revision ? "" : `@${revision}`;
  const which = path ?? quantization;
  return {
    hub,
    repository,
    revision,
    quantization,
    path,
    shown: `${hub.prefix}/${repository}${at}${which === undefined ? "" : `:${which}`}`,
  };
}

/** `OWNER/REPO/x.gguf`, which is no page. */
function filePath(hub: Hub, text: string): PagePath | undefined {
  const [owner, name, ...path] = segmentsOf(text);
  const repository = owner === undefined || name === undefined ? undefined : hub.parsePath([owner, name])?.repository;
  return repository !== undefined && /\.gguf$/i.test(text) ? { repository, path: path.join("/") } : undefined;
}

/** Undefined where it has more than one of each. */
function parseTail(tail: string): { tag?: string | undefined; revision?: string | undefined } | undefined {
  const tagFirst = /^:([^:@]+)(?:@([^:@]+))?$/s.exec(tail);
  if (tagFirst) return { tag: tagFirst[1], revision: tagFirst[2] };
  const revisionFirst = /^@([^:@]+)(?::([^:@]+))?$/s.exec(tail);
  return revisionFirst ? { tag: revisionFirst[2], revision: revisionFirst[1] } : undefined;
}

const hasDots = (path: string) => path.split("/").some((part) => part === "" || part === "." || part === "..");

const describeForms = ({ prefix }: Hub) => `${prefix}/OWNER/REPO, with :QUANT or :FILE.gguf and @REVISION where wanted`;

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What somebody who wrote a name without a hub probably means; undefined where it is no such name. */
export function hintForName(source: string): string | undefined {
  const { searchPage } = huggingFace({ endpoint: "", token: undefined });
  const text = source.trim();
  const ollama =
    /^(?:https?:\/\/)?(?:www\.)?(?:ollama\.com|registry\.ollama\.ai)\/(?:v2\/)?(?:library\/)?([^?#]+)/i.exec(text);
  const named = ollama?.[1] ?? text;
  if (/\.gguf$/i.test(named) || (ollama && named.includes("/blobs/"))) return undefined;
  const [name = "", tag] = named.split(":", 2);
  if (ollama || /^[A-Za-z0-9][A-Za-z0-9._-]*(?::[A-Za-z0-9._-]+)?$/.test(text))
    return `${showName(text)} names no hub, and Ollama's library is not one that models are pulled from here; allowed: ${nameForms}. Look for it in GGUF at ${searchPage(name)}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*(?::[A-Za-z0-9._-]+)?$/.test(text)) return undefined;
  const which = tag === undefined ? "" : `:${tag}`;
  return `${showName(text)} does not say which hub has it, and there is no such file here: hf.co/${name}${which} is Hugging Face's, modelscope.cn/${name}${which} ModelScope's`;
}

const showName = (text: string) => text.replace(/[?#].*$/s, "").slice(0, 200);
