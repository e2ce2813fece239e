import { missingProof, refusalKey, type Attempt, type ClientProof, type OutgoingCall } from "../call/index.ts";

// Whose a proof is that a client sends back is known where this Sahab has seen the answer that it was in. One of unknown origin goes out
// as it is; where the vendor refuses the request for its proofs, it is sent once more without those that are not known to be its own.

/** Keys of the proofs that are known to be of others, or to be refused; undefined for none. Asks nobody. */
export function foreignAtHand(call: OutgoingCall, attempt: Attempt, issuer: string): ReadonlySet<string> | undefined {
  const { memory, tenant } = attempt;
  const keys = memory ? call.proofKeys?.() : undefined;
  if (!memory || !keys || keys.length === 0) return undefined;
  const known = memory.recall(
    tenant.project,
    keys.flatMap((key) => [key, refusalKey(key, issuer)]),
  );
  if (known.size === 0) return undefined;
  const foreign = keys.filter((key) => {
    const whose = known.get(key)?.issuer ?? issuer;
    return whose !== issuer || known.has(refusalKey(key, issuer));
  });
  return foreign.length === 0 ? undefined : new Set(foreign);
}

/** What is left out once the vendor has refused the request for its proofs. Where it has refused its own, that is all of them. */
export async function foreignByRefusal(
  proofs: readonly ClientProof[],
  { memory, tenant }: Attempt,
  issuer: string,
): Promise<readonly ClientProof[]> {
  const keys = new Set(proofs.map(({ key }) => key));
  keys.delete(missingProof);
  const known = keys.size > 0 ? await memory?.find(tenant.project, [...keys]) : undefined;
  const foreign = proofs.filter(({ key }) => known?.get(key)?.issuer !== issuer);
  return foreign.length === 0 ? proofs : foreign;
}

/** The vendor has taken the request without these proofs: it need not refuse them again. */
export function noteRefusal(refused: readonly ClientProof[], { memory, tenant }: Attempt, issuer: string): void {
  const keys = new Set(refused.map(({ key }) => key));
  keys.delete(missingProof);
  memory?.remember(
    tenant.project,
    [...keys].map((key) => ({ key: refusalKey(key, issuer), issuer: "", pieces: [] })),
  );
}
