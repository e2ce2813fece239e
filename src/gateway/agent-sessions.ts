/** A conversation of a coding agent, as its headers name it. */
export interface AgentSession {
  /** The program's name. */
  program: string;
  session: string;
  /** Session and sub-agent. */
  id: string;
  /** What a person can do where it goes round in a circle. */
  advice: string;
}

interface Agent {
  program: string;
  /** Its User-Agent. */
  agent: RegExp;
  /** The headers that may name the session, and a sub-agent of it. */
  session: readonly string[];
  part?: string;
  advice?: string;
}

/**
 * Programs that name their session. Others that put a session into a header are no coding agents: a script may rightly send a thousand
 * requests under one `x-sahab-session`. Gemini CLI and aider name no session.
 */
const agents: readonly Agent[] = [
  {
    program: "Claude Code",
    agent: /^claude-(?:cli|code)\//,
    session: ["x-claude-code-session-id"],
    part: "x-claude-code-agent-id",
  },
  // Recorded of 0.169; older versions have the underscore.
  { program: "Codex", agent: /^codex[_-]/, session: ["session-id", "session_id"], part: "thread-id" },
  {
    program: "opencode",
    agent: /^opencode\//,
    session: ["x-session-affinity", "x-opencode-session"],
    advice: "give its model a `limit` (context and output, as /v1/models has them) in opencode.json",
  },
  // As their sources have it.
  { program: "Cline", agent: /^cline\//i, session: ["x-task-id"] },
  { program: "Roo Code", agent: /^roocode\//i, session: ["x-roo-task-id", "x-task-id"] },
  // Unverified: as other gateways read them.
  { program: "Kilo Code", agent: /^kilo-?code\//i, session: ["x-kilocode-taskid", "x-session-affinity"] },
  { program: "Qwen Code", agent: /^qwencode\//i, session: ["x-qwen-code-session-id"] },
  { program: "goose", agent: /^goose\//i, session: ["agent-session-id", "goose-session-id"] },
];

const anyAgent = new RegExp(agents.map(({ agent }) => agent.source).join("|"), "i");
const usualAdvice =
  "look at what it does, and whether it knows the context length of its model, or start a new session";
/** Longer ones are no ids of a program's. */
const idCharsMax = 200;

/** Undefined for any other program, after one look at its User-Agent. */
export function agentSessionOf(headers: { get(name: string): string | null }): AgentSession | undefined {
  const userAgent = headers.get("user-agent");
  if (userAgent === null || !anyAgent.test(userAgent)) return undefined;
  const known = agents.find(({ agent }) => agent.test(userAgent));
  if (!known) return undefined;
  for (const name of known.session) {
    const session = headers.get(name);
    if (session === null || session === "" || session.length > idCharsMax) continue;
    const part = known.part === undefined ? "" : (headers.get(known.part) ?? "").slice(0, idCharsMax);
    return { program: known.program, session, id: `${session}\n${part}`, advice: known.advice ?? usualAdvice };
  }
  return undefined;
}
