import { sessionOf, type Attribution } from "./attribution.ts";
import { agentTitles } from "./sources.ts";

/** The session of a coding agent, and what people call the agent; undefined where a request names none, or is another program's. */
export function agentSessionOf(attribution: Attribution): { program: string; session: string } | undefined {
  const session = sessionOf(attribution);
  const { agent = "" } = attribution.tags;
  const program = agentTitles.get(agent);
  return session === undefined || program === undefined ? undefined : { program, session };
}
