const operations = ["chat", "completion", "embedding", "rerank", "token-count"] as const;

/** What a client can ask of a model. The names are those of usage records. */
export type Operation = (typeof operations)[number];

export function isOperation(name: string): name is Operation {
  return (operations as readonly string[]).includes(name);
}
