import { textOfTurn, type Attempt, type MuteTurn, type OutgoingCall, type RewriteRules } from "../call/index.ts";
import type { Quirks } from "../dialect/dialect.ts";

/**
 * The rules with what makes the turns of a client's own bytes fit for the vendor: their fields and ids as it takes them, or the
 * reasoning that it demands. At once, but for a large request, and where reasoning has to be looked up.
 */
export function fitRules(
  rules: RewriteRules,
  { quirks = {}, takesSystemTurns }: { quirks?: Quirks | undefined; takesSystemTurns: () => boolean },
  call: OutgoingCall,
  attempt: Attempt,
): RewriteRules | Promise<RewriteRules> {
  const { callIdChars, turnFields: fields, demandsReasoning } = quirks;
  // The name of a model is looked at sooner than a long body.
  const foldsSystem = call.hasSystemTurns !== undefined && !takesSystemTurns() && call.hasSystemTurns();
  if ((callIdChars !== undefined || fields || foldsSystem) && call.fitTurns) {
    const shape = { callIdChars, fields, ...(foldsSystem && { foldsSystem }) };
    if (call.aside) return call.aside.fitTurns(shape, attempt).then((turns) => ({ ...rules, turns }));
    const turns = call.fitTurns(shape);
    return turns.edits.length === 0 ? rules : { ...rules, turns };
  }
  if (!demandsReasoning || !call.muteTurns) return rules;
  const turns = call.aside ? call.aside.muteTurns(attempt) : call.muteTurns();
  if (!(turns instanceof Promise) && turns.length === 0) return rules;
  return findReasoning(turns, attempt).then((reasoning) => ({ ...rules, reasoning }));
}

async function findReasoning(turns: readonly MuteTurn[] | Promise<readonly MuteTurn[]>, { memory, tenant }: Attempt) {
  const mute = await turns;
  const keys = mute.flatMap(({ key }) => key ?? []);
  const known = keys.length > 0 ? await memory?.find(tenant.project, keys) : undefined;
  return mute.map((turn) => {
    const found = known?.get(turn.key ?? "");
    return { turn, text: found ? textOfTurn(found) : "" };
  });
}
