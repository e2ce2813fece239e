import type { HubSettings } from "../../base/hub-settings.ts";
import { escapePath, type Hub, type HubFile } from "./hub.ts";

/**
 * huggingface.co and its mirrors. Source: the hub's API as huggingface_hub calls it, `/api/models/REPO/tree/REVISION` and
 * `/REPO/resolve/REVISION/PATH`.
 */
export const huggingFace = (settings: HubSettings): Hub => ({
  prefix: "hf.co",
  title: "Hugging Face",
  tokenSetting: "HF_TOKEN",
  pullTokenSetting: "HUGGING_FACE_HUB_TOKEN",
  tokenPage: "https://huggingface.co/settings/tokens",
  endpointSetting: "HF_ENDPOINT",
  revision: "main",
  hosts: ["hf.co", "huggingface.co", "www.huggingface.co"],
  settings,
  pageOf: (repository) => `https://huggingface.co/${repository}`,
  searchPage: (words) => `https://huggingface.co/models?library=gguf&search=${encodeURIComponent(words)}`,
  listingAddress(repository, revision, cursor) {
    const url = new URL(
      `${settings.endpoint}/api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true`,
    );
    if (cursor !== undefined) url.searchParams.set("cursor", cursor);
    return url;
  },
  parseListing(body, answer) {
    if (!Array.isArray(body)) throw new TypeError("the listing is not a list");
    return { files: body.flatMap(parseFile), cursor: nextCursor(answer.header("link")) };
  },
  fileAddress: (repository, revision, path) =>
    new URL(`${settings.endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${escapePath(path)}`),
  secretHeaders: (token) => ({ authorization: `Bearer ${token}` }),
  parsePath([owner, name, kind, revision, ...path]) {
    if (owner === undefined || name === undefined || notModels.has(owner)) return undefined;
    const repository = `${owner}/${name}`;
    if (kind === undefined) return { repository };
    if (!["blob", "resolve", "raw", "tree"].includes(kind)) return undefined;
    // Of a folder's page the folder is not looked at: the file is chosen by its quantization.
    return { repository, revision, path: kind === "tree" || path.length === 0 ? undefined : path.join("/") };
  },
});

const notModels = new Set(["api", "datasets", "spaces", "models", "collections", "papers", "docs", "settings"]);

function parseFile(entry: unknown): HubFile[] {
  const { type, path, size, lfs } = entry as {
    type?: unknown;
    path?: unknown;
    size?: unknown;
    lfs?: { oid?: unknown; size?: unknown } | null;
  };
  if (type !== "file" || typeof path !== "string") return [];
  // Large files are told with what they are; the entry's own size may be their pointer's.
  const bytes = lfs?.size ?? size;
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) return [];
  const oid = typeof lfs?.oid === "string" ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(lfs.oid)?.[1] : undefined;
  return [{ path, bytes, sha256: oid?.toLowerCase() }];
}

/** Of the header Link only the cursor is taken: a mirror's may lead to the hub that it mirrors. */
function nextCursor(link: string | null): string | undefined {
  const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "")?.[1];
  if (next === undefined || !URL.canParse(next, "https://hub.invalid")) return undefined;
  return new URL(next, "https://hub.invalid").searchParams.get("cursor") ?? undefined;
}
