import { Dropped, findDropped, type Carrier } from "./dropped.ts";
import type { NeutralRequest, TextRequest } from "./neutral-request.ts";

/** The paths of what an upstream without a dialect does not carry of a request. Throws for what would make it another answer. */
export function listNotCarried(decoded: NeutralRequest | TextRequest, carrier: Carrier): readonly string[] {
  const { operation, request } = decoded;
  if (operation === "chat" || operation === "token-count" || operation === "apply-template")
    return findDropped(request, carrier).list;
  const dropped = new Dropped();
  dropped.addFields("", request.extensions, carrier.extensions);
  return dropped.list;
}
