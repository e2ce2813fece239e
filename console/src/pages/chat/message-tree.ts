import type { Message } from "./message.ts";

/**
 * A conversation is a tree: an edited question, or a second answer to one, is another child of the same parent. Where two models answer side
 * by side, both answers are children of the question, and the next question follows the first model's.
 */
export interface MessageTree {
  /** In the order in which they came. */
  readonly messages: readonly Message[];
  /** Which child is shown, by `placeOf`; the newest where nothing is chosen. */
  readonly chosen: Readonly<Record<string, string>>;
}

/** One of several messages in the same place, for arrows such as "2/3". */
export interface Shown {
  message: Message;
  /** All of this place, oldest first; `message` is one of them. */
  siblings: readonly Message[];
  place: string;
}

export interface Turn {
  question: Shown;
  /** One for each model that answers side by side; undefined where it has not answered. */
  answers: readonly (Shown | undefined)[];
}

export const emptyTree: MessageTree = { messages: [], chosen: {} };

/** The name of a place for `chosen`: below a parent, and of one model where several answer. */
export function placeOf(parent: string | null, model?: string): string {
  return model === undefined ? (parent ?? "") : `${parent ?? ""}|${model}`;
}

/** The questions and answers that are shown, first to last. With two `models` each has an answer of its own. */
export function turnsOf(tree: MessageTree, models: readonly string[]): Turn[] {
  const children = childrenOf(tree.messages);
  const turns: Turn[] = [];
  let parent: string | null = null;
  // Each turn goes a level deeper, so this ends.
  for (;;) {
    const question = show(tree, children.get(parent ?? "") ?? [], placeOf(parent));
    if (!question) return turns;
    const below: readonly Message[] = children.get(question.message.id) ?? [];
    const answers: (Shown | undefined)[] =
      models.length > 1
        ? models.map((model) =>
            show(
              tree,
              below.filter((one) => one.model === model),
              placeOf(question.message.id, model),
            ),
          )
        : [show(tree, below, placeOf(question.message.id))];
    turns.push({ question, answers });
    const first = answers.find((answer) => answer !== undefined);
    if (!first) return turns;
    // Another column's question follows whichever answer it was asked after.
    const next = answers.find((answer) => answer && children.has(answer.message.id)) ?? first;
    parent = next.message.id;
  }
}

/** What one model has been told and has said, in the order of a request. Answers that failed without text are left out. */
export function historyOf(turns: readonly Turn[], column: number): Message[] {
  return turns.flatMap(({ question, answers }) => {
    const answer = answers[column] ?? answers.find((one) => one !== undefined);
    const isSaid = answer !== undefined && answer.message.content.length > 0;
    return isSaid ? [question.message, answer.message] : [question.message];
  });
}

export function putMessage(tree: MessageTree, message: Message): MessageTree {
  const at = tree.messages.findIndex(({ id }) => id === message.id);
  const messages = at < 0 ? [...tree.messages, message] : tree.messages.with(at, message);
  return { ...tree, messages };
}

export function choose(tree: MessageTree, place: string, id: string): MessageTree {
  return { ...tree, chosen: { ...tree.chosen, [place]: id } };
}

/** Without a message and all that follow from it. */
export function withoutBranch(tree: MessageTree, id: string): MessageTree {
  const gone = new Set([id]);
  // Children come after their parents.
  for (const message of tree.messages) if (message.parent !== null && gone.has(message.parent)) gone.add(message.id);
  return { ...tree, messages: tree.messages.filter((message) => !gone.has(message.id)) };
}

function childrenOf(messages: readonly Message[]): Map<string, Message[]> {
  const children = new Map<string, Message[]>();
  for (const message of messages) {
    const parent = message.parent ?? "";
    const known = children.get(parent);
    if (known) known.push(message);
    else children.set(parent, [message]);
  }
  return children;
}

function show(tree: MessageTree, siblings: readonly Message[], place: string): Shown | undefined {
  const message = siblings.find(({ id }) => id === tree.chosen[place]) ?? siblings.at(-1);
  return message && { message, siblings, place };
}
