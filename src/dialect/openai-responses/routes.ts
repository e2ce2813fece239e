import type { Route } from "../dialect.ts";
import { compactionPath } from "./compaction.ts";

/** Whose base address a client was made for: OpenAI's, Alibaba Cloud Model Studio's, Volcano Ark's, DeepSeek's two. */
const bases = ["/v1", "/compatible-mode/v1", "/api/v3", "", "/beta"] as const;

/** Every path of the dialect. */
export const routes: readonly Route[] = bases.flatMap((base): Route[] => {
  const kept = (rest: string) => new RegExp(`^${base}/responses/(?<id>[^/]+)${rest}$`);
  return [
    { method: "POST", path: `${base}/responses`, serves: "chat" },
    { method: "POST", path: `${base}/responses/input_tokens`, serves: "token-count" },
    { method: "POST", path: `${base}${compactionPath}`, serves: "chat" },
    { method: "GET", path: kept(""), serves: "show-stored" },
    { method: "DELETE", path: kept(""), serves: "delete-stored" },
    { method: "POST", path: kept("/cancel"), serves: "cancel-stored" },
    { method: "GET", path: kept("/input_items"), serves: "list-stored-input" },
  ];
});
