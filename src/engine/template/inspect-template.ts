import type { ToolDefinition } from "../../call/index.ts";
import { openChatTemplate, type ChatTemplate, type RenderedPrompt, type TemplateTokens } from "./chat-template.ts";
import type { History, Mending, Turn } from "./history.ts";
import {
  foldAllSystem,
  foldLaterSystem,
  foldLoneSystem,
  separateCalls,
  writeArguments,
  writeCalls,
  writeTools,
} from "./mend-history.ts";
import { RenderTooLarge, trialStepsMax } from "./render-cost.ts";

/** A template that was tried on small histories. */
export interface InspectedTemplate {
  template: ChatTemplate;
  /** The form that it takes: what a history for it should have. */
  form: Pick<History, "argumentsAs" | "contentAs">;
  /** What each history for it needs: without these the template refuses something, or leaves it out without a word. */
  always: readonly Mending[];
  /** What it can't render, each a sentence. */
  warnings: string[];
}

/**
 * Compiles a model's template and renders it dry, so that its problems are known before the first request.
 * Throws an Error that says why where it can't be read at all.
 */
export function inspectTemplate(source: string | undefined, tokens: TemplateTokens): InspectedTemplate {
  const template = openChatTemplate(source, tokens);
  const form: InspectedTemplate["form"] = { argumentsAs: "object", contentAs: "text" };
  const render = ({ turns, tools = [] }: Trial, always: readonly Mending[]): RenderedPrompt | Error => {
    try {
      return template.render(
        { turns, tools, ...form },
        { always, variables: {}, protect: (text) => text, stepsMax: trialStepsMax },
      );
    } catch (thrown) {
      // It would hang at the first request.
      if (thrown instanceof RenderTooLarge) throw thrown;
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  };
  const shows = (rendered: RenderedPrompt | Error, { shown }: Trial) =>
    "text" in rendered && shown.every((text) => rendered.text.includes(text));
  const warnings = template.unknownNames.map((name) => `it uses ${name}, which does not exist here`);
  let always: readonly Mending[] = [];

  if (!shows(render(question, []), question)) {
    form.contentAs = "parts";
    if (!shows(render(question, []), question)) form.contentAs = "text";
  }
  const isReadable = shows(render(question, []), question);
  for (const trial of isReadable ? trials : [question]) {
    const asItIs = render(trial, always);
    if (asItIs instanceof Error) {
      warnings.push(`it cannot render ${trial.what}: ${asItIs.message.slice(0, reasonChars)}`);
      continue;
    }
    if (shows(asItIs, trial) && (!asItIs.isMended || trial.isRare)) continue;
    const helped = trial.helps
      .map((help) => inOrder.filter((one) => one === help || always.includes(one)))
      .map((option) => ({ option, rendered: render(trial, option) }))
      .filter(({ rendered }) => shows(rendered, trial));
    // What the template takes at once is better than what it takes after refusals, which cost time and more of the history.
    const atOnce = helped.find(({ rendered }) => "text" in rendered && !rendered.isMended);
    if (atOnce) always = atOnce.option;
    else if (shows(asItIs, trial)) continue;
    else if (helped[0]) always = helped[0].option;
    else warnings.push(`it leaves out ${trial.what}`);
  }
  return { template, form, always, warnings };
}

const reasonChars = 300;

/** Tools become a system turn, and calls the turns of others, so system turns are folded last. */
const inOrder: readonly Mending[] = [
  writeTools,
  separateCalls,
  writeArguments,
  writeCalls,
  foldLoneSystem,
  foldLaterSystem,
  foldAllSystem,
];

interface Trial {
  what: string;
  turns: readonly Turn[];
  tools?: readonly ToolDefinition[];
  /** What must be in the prompt. */
  shown: readonly string[];
  /** What may help, the one that loses least first. */
  helps: readonly Mending[];
  /** Mended when it comes; what would help is no good for all others. */
  isRare?: boolean;
}

const user = (content: string): Turn => ({ role: "user", content });
const system = (content: string): Turn => ({ role: "system", content });
const call = (id: string, zone: string) => ({ id, name: "clock", arguments: `{"zone": "${zone}", "digits": 2}` });
const calls = (...made: ReturnType<typeof call>[]): Turn => ({ role: "assistant", content: "", calls: made });
const result = (id: string, content: string): Turn => ({ role: "tool", toolCallId: id, name: "clock", content });

const asked = "a question of a test";
const question: Trial = { what: "what the user says", turns: [user(asked)], shown: [asked], helps: [] };
const conversation: Trial = {
  what: "a conversation",
  turns: [user("Hello"), { role: "assistant", content: "Good morning." }, user(asked)],
  shown: ["Good morning.", asked],
  helps: [],
};
const tool: ToolDefinition = {
  name: "clock",
  description: "What time it is.",
  parameters: {
    type: "object",
    properties: { zone: { type: "string", description: "A time zone." }, digits: { type: "integer" } },
    required: ["zone"],
  },
};
const [oslo, lima] = [call("abcdefghi", "Oslo"), call("jklmnopqr", "Lima")];
const trials: readonly Trial[] = [
  conversation,
  {
    what: "a system turn",
    turns: [system("Be brief."), user(asked)],
    shown: ["Be brief.", asked],
    helps: [foldAllSystem],
  },
  {
    what: "several system turns",
    turns: [system("Be brief."), system("Be kind."), user(asked)],
    shown: ["Be brief.", "Be kind."],
    helps: [foldLaterSystem, foldAllSystem],
  },
  {
    what: "a later system turn",
    turns: [system("Be brief."), ...conversation.turns, system("Be kind."), user("Well?")],
    shown: ["Be brief.", "Be kind."],
    helps: [foldLaterSystem, foldAllSystem],
  },
  {
    what: "a system turn alone",
    turns: [system("Be brief.")],
    shown: ["Be brief."],
    helps: [foldLoneSystem, foldAllSystem],
  },
  { what: "tools", turns: question.turns, tools: [tool], shown: ["clock"], helps: [writeTools] },
  {
    what: "the result of a call",
    turns: [user(asked), calls(oslo), result(oslo.id, "12:00")],
    shown: ["Oslo", "12:00"],
    helps: [writeArguments, writeCalls],
  },
  {
    what: "a call without a result",
    turns: [user(asked), calls(oslo), user("Well?")],
    shown: ["Oslo", "Well?"],
    helps: [writeArguments, writeCalls],
    isRare: true,
  },
  {
    what: "calls at the same time",
    turns: [user(asked), calls(oslo, lima), result(oslo.id, "12:00"), result(lima.id, "05:00")],
    shown: ["Oslo", "Lima", "12:00", "05:00"],
    helps: [separateCalls, writeCalls],
  },
];
