import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/**
 * The list that Codex reads beside the usual one. It takes all of the list or nothing, and knows nothing then of how long a context is.
 * Fields: `ModelInfo` in codex-rs/protocol, `openai_models.rs`, at 0.145 and 0.171; those that the later one no longer has are there for the
 * earlier one. What is not known here of a model are the defaults of Codex for one that it does not know. Models that can be no agent's are
 * left out: those for other work than chat, and those that are known to call no tools.
 */
export function encodeForCodex(models: readonly ListedModel[]): JsonObject[] {
  const agents = models.filter(({ work = "chat", tools = true }) => work === "chat" && tools);
  return agents.map(({ id, title = id, contextTokens, efforts = [], takes }, index) => ({
    slug: id,
    display_name: title,
    description: null,
    supported_reasoning_levels: efforts
      .filter((word) => effortsKnown.has(word))
      .map((effort) => ({ effort, description: effort })),
    shell_type: "default",
    visibility: "list",
    supported_in_api: true,
    priority: index + 1,
    availability_nux: null,
    upgrade: null,
    base_instructions: index < fullTextsMax ? instructions : shortInstructions,
    supports_reasoning_summaries: true,
    default_reasoning_summary: "auto",
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: "freeform",
    truncation_policy: { mode: "bytes", limit: 10_000 },
    supports_parallel_tool_calls: true,
    context_window: contextTokens ?? null,
    experimental_supported_tools: [],
    // Of others it knows nothing, and refuses the list for one.
    ...(takes && { input_modalities: takes.filter((kind) => kind === "text" || kind === "image") }),
  }));
}

/** Those that every version knows; an earlier one refuses the list for any other. */
const effortsKnown: ReadonlySet<string> = new Set(["none", "minimal", "low", "medium", "high", "xhigh"]);

/** The text is most of the list: with it in each, that of 743 models has 2.7 MB. Configured models come first. */
const fullTextsMax = 100;

/** Codex tells a model nothing but this of how to work: it has no text of its own for models that a server lists. */
const instructions = `You are a coding agent that runs in Codex, a program in the terminal of the user's own computer. You and the user share its files. \
Be exact, careful and brief.

# Work
- Go on until what the user wants is done and checked, then end your turn. Do not guess: read the files and run the commands that tell you.
- Before you call tools, say in one short sentence what you are about to do. Calls that belong together need one sentence.
- For work of several steps keep a plan with the tool for plans, where there is one, and mark each step when it is done.
- Search with \`rg\` where it is installed; it is faster than \`grep\` and \`find\`.
- Instructions of the user come first, then those of AGENTS.md files. Such a file counts for the folder that it is in and for all below it; the \
deeper one wins.

# Changes
- Edit files with the \`apply_patch\` tool. A patch begins with \`*** Begin Patch\` and ends with \`*** End Patch\`. Between them stands a section for \
each file: \`*** Add File: path\` with every line after a \`+\`; \`*** Delete File: path\`; or \`*** Update File: path\`, with \`*** Move to: path\` behind it \
where it is renamed, and hunks that begin with \`@@\`. In a hunk, a line begins with a space where it stays, with \`-\` where it goes and with \`+\` where \
it is new. Give three lines around a change, and after \`@@\` the function or class that it is in where these do not make it unique. Paths are relative.
- Mend the cause and not the symptom. Change no more than the task needs, in the style of what is there. Leave other faults alone, and name them.
- The user may have changes in the same files: never undo what you have not made. Do not commit, create branches or delete data unless you are asked.
- Where there are tests or a build, run those near your change first, then more of them. Add tests where the project has tests for the like.

# Permissions
Commands may run in a sandbox. Where one fails because of it, or needs the network, ask for permission by the parameters of the tool, with a \
reason in one sentence. What the messages of the developer say of the sandbox and of approvals is binding.

# Answers
Write plain, short text that is read in a terminal, in the user's language. Say what you have changed and why, name files as \`path:line\`, and say what \
you could not check. Do not show whole files that you have written.`;

/** For models further down in a long list. */
const shortInstructions = `You are a coding agent that runs in Codex, a program in the terminal of the user's own computer. Be exact, careful and \
brief. Go on until what the user wants is done and checked: read the files, run commands and tests, and do not guess. Instructions of the user come \
first, then those of AGENTS.md files. Edit files with the \`apply_patch\` tool. Never undo changes that you have not made, and do not commit unless you are \
asked. Where the sandbox stops a command, ask for permission by the parameters of the tool. Answer in short plain text: what you changed, why, and \
what you could not check.`;
