import { defined, type Parameters } from "./chat-request.ts";
import {
  changeConversation,
  createConversation,
  keepMessages,
  readMessages,
  type Conversation,
} from "./conversations.ts";
import { keepEach } from "./keep-each.ts";
import { makeMessage, partsOf, type Message } from "./message.ts";
import { choose, emptyTree, historyOf, placeOf, putMessage, turnsOf, type MessageTree } from "./message-tree.ts";
import { readUsage } from "./read-usage.ts";
import { streamAnswer } from "./stream-answer.ts";
import { titleOf } from "./title-of.ts";

/** What a conversation is asked with; kept with it. */
export interface ChatSettings {
  project: string;
  /** One, or two side by side; none until one is chosen. */
  models: readonly string[];
  system: string;
  parameters: Parameters;
  keepDays: 1 | 7 | 30 | null;
}

export interface ChatState {
  settings: ChatSettings;
  tree: MessageTree;
  /** Undefined until the first message is sent. */
  conversation: Conversation | undefined;
  isLoading: boolean;
  /** Why its messages could not be read. */
  loadError: unknown;
  /** Why the last of it is not kept on the server; it is still shown. */
  keepError: unknown;
}

const keepEveryMs = 5_000;

/**
 * One conversation as it is shown, with the answers that are being written: these go on while another page is open. Messages are kept on the
 * server in the order in which they were made; where that fails they are sent again with the next ones, or by `keepAgain`,
 * unless the server refuses them for what they are.
 */
export class ChatSession {
  /** For React: the same before and after it is kept under an id. */
  readonly key = (lastKey += 1);
  #state: ChatState;
  readonly #listeners = new Set<() => void>();
  readonly #stops = new Map<string, AbortController>();
  /** Messages that the server does not have as they are now. */
  readonly #unkept = new Set<string>();
  #keeping: Promise<void> = Promise.resolve();
  #isOver = false;
  readonly #onCreated: (id: string, session: ChatSession) => void;

  constructor(settings: ChatSettings, onCreated: (id: string, session: ChatSession) => void) {
    this.#onCreated = onCreated;
    this.#state = {
      settings,
      tree: emptyTree,
      conversation: undefined,
      isLoading: false,
      loadError: undefined,
      keepError: undefined,
    };
  }

  readonly getState = (): ChatState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get isStreaming(): boolean {
    return this.#stops.size > 0;
  }

  /** Shows a conversation that is kept. */
  async load(conversation: Conversation): Promise<void> {
    const { project, models, system, parameters, keep_days: keepDays } = conversation;
    this.#set({
      conversation,
      settings: { project, models: distinct(models), system, parameters, keepDays },
      isLoading: true,
      loadError: undefined,
    });
    try {
      const messages = await readMessages(conversation.id);
      this.#set({ tree: { ...emptyTree, messages }, isLoading: false });
    } catch (error) {
      this.#set({ loadError: error, isLoading: false });
    }
  }

  markLoading(): void {
    this.#set({ isLoading: true, loadError: undefined });
  }

  failLoading(error: unknown): void {
    this.#set({ isLoading: false, loadError: error });
  }

  /** Changes what the next question is asked with. */
  change(settings: Partial<ChatSettings>): void {
    this.#set({ settings: { ...this.#state.settings, ...settings } });
    const { conversation } = this.#state;
    if (!conversation) return;
    this.#enqueue(async () => {
      this.#set({ conversation: await changeConversation(conversation.id, fieldsOf(this.#state.settings)) });
    });
  }

  /** Takes over a title, pin or expiry that was changed in the list. */
  take(conversation: Conversation): void {
    const { settings } = this.#state;
    this.#set({ conversation, settings: { ...settings, keepDays: conversation.keep_days } });
  }

  /** Asks the next question. */
  send(text: string, images: readonly string[]): void {
    const last = turnsOf(this.#state.tree, this.#state.settings.models).at(-1);
    const after = last?.answers.find((answer) => answer !== undefined) ?? last?.question;
    this.#ask(after?.message.id ?? null, text, images);
  }

  /** Asks a question in another way: a branch beside it. */
  edit(question: Message, text: string, images: readonly string[]): void {
    this.#ask(question.parent, text, images);
  }

  /** Another answer to the same question, by the same model where that is still chosen. */
  answerAgain(question: Message, model: string | null): void {
    const { models } = this.#state.settings;
    const column = Math.max(0, models.indexOf(model ?? ""));
    this.#answer(question, column);
  }

  choose(place: string, id: string): void {
    this.#set({ tree: choose(this.#state.tree, place, id) });
  }

  /** Stops all answers that are being written; what has come stays. */
  stop(): void {
    for (const stop of this.#stops.values()) stop.abort();
  }

  /** Its reader has signed out: nothing more is asked, and nothing more is kept, as the next one to sign in is perhaps somebody else. */
  end(): void {
    this.#isOver = true;
    this.stop();
  }

  /** Tries once more to keep what the server does not have. */
  keepAgain(): void {
    if (this.#unkept.size > 0) this.#enqueue(() => this.#keep());
  }

  #ask(parent: string | null, text: string, images: readonly string[]): void {
    const question = makeMessage({ parent, role: "user", status: "complete", content: partsOf(text, images) });
    this.#put(question);
    this.#set({ tree: choose(this.#state.tree, placeOf(parent), question.id) });
    this.#unkept.add(question.id);
    this.#enqueue(() => this.#keep());
    for (const column of this.#state.settings.models.keys()) this.#answer(question, column);
  }

  #answer(question: Message, column: number): void {
    const { settings } = this.#state;
    const { models, project, system, parameters } = settings;
    const model = models[column];
    if (model === undefined) return;
    const turns = turnsOf(this.#state.tree, models);
    const at = turns.findIndex((turn) => turn.question.message.id === question.id);
    // The answers of this turn are no part of what is asked.
    const history = [...historyOf(turns.slice(0, Math.max(0, at)), column), question];
    const start = makeMessage({ parent: question.id, role: "assistant", status: "streaming", model });
    this.#put(start);
    const place = placeOf(question.id, models.length > 1 ? model : undefined);
    this.#set({ tree: choose(this.#state.tree, place, start.id) });
    const stop = new AbortController();
    this.#stops.set(start.id, stop);
    const timer = setInterval(() => this.#noteUnkept(start.id), keepEveryMs);
    const call = { model, system, parameters, history };
    const run = async () => {
      const message = await streamAnswer({ project, call, signal: stop.signal }, start, (grown) => this.#put(grown));
      clearInterval(timer);
      this.#stops.delete(start.id);
      this.#put(message);
      this.#noteUnkept(start.id);
      await this.#completeUsage(message);
    };
    void run();
  }

  /** Where an answer's end did not come, its record knows what was used. */
  async #completeUsage({ id, status, usage, content, request_id: requestId }: Message): Promise<void> {
    const isRefused = status === "failed" && content.length === 0;
    if (usage || requestId === null || status === "complete" || isRefused) return;
    const found = await readUsage(requestId);
    const message = this.#state.tree.messages.find((one) => one.id === id);
    if (!found || !message) return;
    this.#put({ ...message, usage: found });
    this.#noteUnkept(id);
  }

  #noteUnkept(id: string): void {
    this.#unkept.add(id);
    this.#enqueue(() => this.#keep());
  }

  async #keep(): Promise<void> {
    const id = this.#state.conversation?.id ?? (await this.#create());
    for (;;) {
      // As they are now: answers may have grown while the conversation was made.
      const messages = this.#state.tree.messages.filter((one) => this.#unkept.has(one.id)).slice(0, messagesAtOnce);
      if (messages.length === 0) return;
      for (const message of messages) this.#unkept.delete(message.id);
      try {
        const { conversation, refusal } = await keepEach(id, messages, keepMessages);
        this.#set({ keepError: refusal, ...(conversation && { conversation }) });
      } catch (error) {
        for (const message of messages) this.#unkept.add(message.id);
        throw error;
      }
    }
  }

  async #create(): Promise<string> {
    const { settings, tree } = this.#state;
    const fields = { title: titleOf(tree.messages), pinned: false, ...fieldsOf(settings) };
    const conversation = await createConversation(fields);
    this.#set({ conversation });
    this.#onCreated(conversation.id, this);
    return conversation.id;
  }

  #enqueue(act: () => Promise<void>): void {
    const actUnlessOver = () => (this.#isOver ? undefined : act());
    this.#keeping = this.#keeping.then(actUnlessOver).catch((error: unknown) => this.#set({ keepError: error }));
  }

  #put(message: Message): void {
    this.#set({ tree: putMessage(this.#state.tree, message) });
  }

  #set(changes: Partial<ChatState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** A conversation may have been kept with one model twice: its two answers could not be told apart. */
function distinct(models: readonly string[]): string[] {
  return [...new Set(models)];
}

/** The settings as the API has them. */
function fieldsOf({ project, models, system, parameters, keepDays }: ChatSettings) {
  return { project, models: [...models], system, parameters: defined(parameters), keep_days: keepDays };
}

let lastKey = 0;

/** As the API allows. */
const messagesAtOnce = 20;
