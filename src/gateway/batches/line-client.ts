import { parseClientAddress } from "../../http/index.ts";
import type { KeptTerms } from "./batch-state.ts";

/** Stands for the client that a line has not: it comes from where the batch came from. */
export function lineClient({ endpoint, address: text }: Pick<KeptTerms, "endpoint" | "address">) {
  const address = parseClientAddress(text) ?? { text, project: "", keyId: "" };
  return { method: "POST", target: endpoint, path: endpoint, address, headers: lineHeaders };
}

const headers = new Map([["content-type", "application/json"]]);
const lineHeaders = {
  get: (name: string) => headers.get(name) ?? null,
  entries: () => [...headers],
  pick: () => undefined,
  host: "",
};
