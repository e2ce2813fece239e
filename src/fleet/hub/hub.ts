import type { HubSettings } from "../../base/hub-settings.ts";

/** A file of a repository, as its hub lists it. */
export interface HubFile {
  /** Within the repository, with slashes. */
  path: string;
  bytes: number;
  /** In hexadecimal; undefined where the hub has another kind of hash for it. */
  sha256: string | undefined;
}

/** A page of a listing. */
export interface HubListing {
  files: HubFile[];
  /** What the next page is asked for with; undefined at the end. */
  cursor: string | undefined;
}

/** What a hub answered besides a file. */
export interface HubAnswer {
  status: number;
  header(name: string): string | null;
}

/** A hub of models: addresses, listings and refusals of its API. The settings are the owner's. */
export interface Hub {
  /** How names begin, with which owner and repository follow. */
  prefix: string;
  /** How people call it. */
  title: string;
  /** The setting that has its token, another for pulls alone where that one has a second meaning, and where people make one. */
  tokenSetting: string;
  pullTokenSetting?: string;
  tokenPage: string;
  /** The setting that names another endpoint. */
  endpointSetting: string;
  /** The revision that is meant where none is named. */
  revision: string;
  /** Hosts of its pages, beside the endpoint's own. */
  hosts: readonly string[];
  settings: HubSettings;
  /** A page of its models, for people. */
  pageOf(repository: string): string;
  searchPage(words: string): string;
  listingAddress(repository: string, revision: string, cursor: string | undefined): URL;
  /** Throws where the answer has another shape. */
  parseListing(body: unknown, answer: HubAnswer): HubListing;
  fileAddress(repository: string, revision: string, path: string): URL;
  /** For the hub's own origin only. */
  secretHeaders(token: string): Record<string, string>;
  /** What a page's path names, such as `OWNER/REPO/blob/main/x.gguf`; undefined where it is no model's page. */
  parsePath(segments: readonly string[]): PagePath | undefined;
}

export interface PagePath {
  repository: string;
  revision?: string | undefined;
  path?: string | undefined;
}

/** Each part escaped, the slashes between them kept. */
export const escapePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
