import type { CacheTagger } from "../base/cache-tags.ts";
import type { CacheTag } from "../call/index.ts";
import { vendors, type vendorNames } from "./registry.ts";

/** Fields by which servers keep the prefix caches of their callers apart, as `cache_tag` of a provider names them. */
export const cacheTagNames = ["cache_salt", "user_id", "prompt_cache_isolation_key"] as const;

interface Options {
  name: string;
  vendor: (typeof vendorNames)[number];
  cache_tag?: (typeof cacheTagNames)[number] | "none" | undefined;
}

/** Most tags that a provider keeps: more than installations have projects, 1 MB. */
const keptMax = 10_000;

/**
 * The path of the field that takes a project's tag in a provider's wire format; undefined where there is none. In Messages
 * the user's id is in the metadata.
 */
export function cacheTagPath(options: Omit<Options, "name">, api: string): string | undefined {
  const { cache_tag: told, vendor } = options;
  if (told === undefined) return vendors[vendor].cacheTags?.[api];
  if (told === "none") return undefined;
  return told === "user_id" && api === "messages" ? "metadata.user_id" : told;
}

/** The tags of the projects at one provider. */
export class CacheTags {
  readonly #options: Options;
  readonly #tagger: CacheTagger;
  readonly #known = new Map<string, CacheTag>();

  constructor(options: Options, tagger: CacheTagger) {
    this.#options = options;
    this.#tagger = tagger;
  }

  /** The tag that a project's request gets; undefined where the wire format has no place for it. */
  tagFor(api: string, project: string): CacheTag | undefined {
    const key = `${api} ${project}`;
    const known = this.#known.get(key);
    if (known) return known;
    const path = cacheTagPath(this.#options, api);
    if (path === undefined) return undefined;
    if (this.#known.size >= keptMax) this.#known.clear();
    const tag = this.#make(path, project);
    this.#known.set(key, tag);
    return tag;
  }

  #make(path: string, project: string): CacheTag {
    const [field = path, inner] = path.split(".");
    const wrap = (tag: string) => JSON.stringify(inner === undefined ? tag : { [inner]: tag });
    const plain = wrap(this.#tagger(this.#options.name, project));
    return {
      field,
      json: (own) => (own === undefined ? plain : wrap(this.#tagger(this.#options.name, project, own))),
    };
  }
}
