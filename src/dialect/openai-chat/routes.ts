import { allPassedOperations, allTextOperations, type PassedOperation } from "../../call/index.ts";
import type { Route } from "../dialect.ts";
import { deferredPath } from "./deferred.ts";
import { passedPaths } from "../openai-passed/index.ts";

/** Whose base address a client was made for, and what of this dialect is below it. */
const bases: readonly { base: string; has: readonly (keyof typeof operations)[] }[] = [
  {
    base: "/v1",
    has: ["chat", "completion", "embedding", "rerank", "models", "model", "deferred", ...allPassedOperations],
  },
  // Alibaba Cloud Model Studio.
  {
    base: "/compatible-mode/v1",
    has: ["chat", "completion", "embedding", "rerank", "reranks", "models", "model"],
  },
  { base: "/compatible-api/v1", has: ["reranks"] },
  // Volcano Ark.
  {
    base: "/api/v3",
    has: ["chat", "embedding", "image-generation", "context", "newContext", "models", "model"],
  },
  // llama-server, and DeepSeek, whose beta has the same operations and more fields.
  { base: "", has: ["chat", "completion", "embedding", "rerank", "models", "balance", ...allTextOperations] },
  { base: "/beta", has: ["chat", "completion", "embedding", "rerank", "models", "model"] },
  // Cohere, whose first version is at the first base.
  { base: "/v2", has: ["rerank"] },
];

const passed = Object.fromEntries(
  allPassedOperations.map((serves) => [serves, { method: "POST", path: passedPaths[serves], serves }]),
) as Record<PassedOperation, { method: "POST"; path: string; serves: PassedOperation }>;

const operations = {
  ...passed,
  chat: { method: "POST", path: "/chat/completions", serves: "chat" },
  completion: { method: "POST", path: "/completions", serves: "completion" },
  embedding: { method: "POST", path: "/embeddings", serves: "embedding" },
  rerank: { method: "POST", path: "/rerank", serves: "rerank" },
  reranks: { method: "POST", path: "/reranks", serves: "rerank" },
  context: { method: "POST", path: "/context/chat/completions", serves: "chat" },
  newContext: { method: "POST", path: "/context/create", serves: "chat" },
  tokenize: { method: "POST", path: "/tokenize", serves: "tokenize" },
  detokenize: { method: "POST", path: "/detokenize", serves: "detokenize" },
  "apply-template": { method: "POST", path: "/apply-template", serves: "apply-template" },
  models: { method: "GET", path: "/models", serves: "list-models" },
  model: { method: "GET", path: "/models/+(?<model>[^/].*?)/*", serves: "show-model" },
  deferred: { method: "GET", path: deferredPath, serves: "show-stored" },
  balance: { method: "GET", path: "/user/balance", serves: "show-balance" },
} as const;

/** Where OpenAI's clients, and Alibaba Cloud's, look for files and batches. */
const filing = ["/v1", "/compatible-mode/v1"].flatMap((base): Route[] => {
  const one = (kind: string, rest = "") => new RegExp(`^${base}/${kind}/(?<id>[^/]+)${rest}$`);
  return [
    { method: "POST", path: `${base}/files`, serves: "create-file" },
    { method: "GET", path: `${base}/files`, serves: "list-files" },
    { method: "GET", path: one("files"), serves: "show-file" },
    { method: "GET", path: one("files", "/content"), serves: "show-content" },
    { method: "DELETE", path: one("files"), serves: "delete-file" },
    { method: "POST", path: `${base}/batches`, serves: "create-batch" },
    { method: "GET", path: `${base}/batches`, serves: "list-batches" },
    { method: "GET", path: one("batches"), serves: "show-batch" },
    { method: "POST", path: one("batches", "/cancel"), serves: "cancel-batch" },
  ];
});

/** Every path of the dialect. */
export const routes: readonly Route[] = bases
  .flatMap(({ base, has }) =>
    has.map((name): Route => {
      const { method, path, serves } = operations[name];
      // A pattern is no base that people could have meant for other paths.
      const isPattern = name === "model" || name === "deferred" || base === "/v2";
      return { method, serves, path: isPattern ? new RegExp(`^${base}${path}$`) : base + path };
    }),
  )
  .concat(filing);
