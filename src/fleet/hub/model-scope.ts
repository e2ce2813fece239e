import type { HubSettings } from "../../base/hub-settings.ts";
import { escapePath, type Hub, type HubFile } from "./hub.ts";

/**
 * modelscope.cn. Source: the hub's API as its own library calls it, `/api/v1/models/REPO/repo/files` and
 * `/models/REPO/resolve/REVISION/PATH`. It answers some failures with status 200 and a code of its own.
 */
export const modelScope = (settings: HubSettings): Hub => ({
  prefix: "modelscope.cn",
  title: "ModelScope",
  tokenSetting: "MODELSCOPE_API_TOKEN",
  tokenPage: "https://modelscope.cn/my/myaccesstoken",
  endpointSetting: "MODELSCOPE_DOMAIN",
  revision: "master",
  hosts: ["modelscope.cn", "www.modelscope.cn"],
  settings,
  pageOf: (repository) => `https://modelscope.cn/models/${repository}`,
  searchPage: (words) => `https://modelscope.cn/models?name=${encodeURIComponent(words)}`,
  listingAddress: (repository, revision) =>
    new URL(
      `${settings.endpoint}/api/v1/models/${repository}/repo/files?Revision=${encodeURIComponent(revision)}&Recursive=true`,
    ),
  parseListing(body) {
    const { Code: code, Message: message, Data: data } = body as { Code?: unknown; Message?: unknown; Data?: unknown };
    const files = (data as { Files?: unknown } | null | undefined)?.Files;
    if (!Array.isArray(files))
      throw new TypeError(
        typeof message === "string"
          ? `it says: ${message.slice(0, messageChars)} (${String(code)})`
          : "the listing has no files",
      );
    return { files: files.flatMap(parseFile), cursor: undefined };
  },
  fileAddress: (repository, revision, path) =>
    new URL(`${settings.endpoint}/models/${repository}/resolve/${encodeURIComponent(revision)}/${escapePath(path)}`),
  // Its library sends the token as a session's cookie, newer parts of its API take it as Bearer.
  secretHeaders: (token) => ({ authorization: `Bearer ${token}`, cookie: `m_session_id=${token}` }),
  parsePath(all) {
    const [owner, name, kind, ...rest] = all[0] === "models" ? all.slice(1) : all;
    if (owner === undefined || name === undefined || notModels.has(owner)) return undefined;
    const repository = `${owner}/${name}`;
    if (kind === undefined || kind === "summary" || kind === "files") return { repository };
    const [revision, ...path] = kind === "file" && rest[0] === "view" ? rest.slice(1) : rest;
    if (kind !== "resolve" && kind !== "file") return undefined;
    return { repository, revision, path: path.length === 0 ? undefined : path.join("/") };
  },
});

const messageChars = 300;
const notModels = new Set(["api", "datasets", "studios", "collections", "docs", "my", "organization", "v2"]);

function parseFile(entry: unknown): HubFile[] {
  const {
    Type: type,
    Path: path,
    Size: size,
    Sha256: hash,
  } = entry as { Type?: unknown; Path?: unknown; Size?: unknown; Sha256?: unknown };
  if (type !== "blob" || typeof path !== "string") return [];
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return [];
  const sha256 = typeof hash === "string" && /^[0-9a-f]{64}$/i.test(hash) ? hash.toLowerCase() : undefined;
  return [{ path, bytes: size, sha256 }];
}
