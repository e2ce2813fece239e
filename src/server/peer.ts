import { SahabError } from "../base/errors.ts";
import { decodeError, encodeError, type WireError } from "../base/wire-error.ts";

/** One end of a channel between two processes of Sahab. Each may ask the other. */
export interface Peer {
  /** Rejects when no answer comes within the time, or the other end reports a failure. */
  ask(question: string, argument?: unknown): Promise<unknown>;
  /** Call with every message that arrives. */
  receive(message: unknown): void;
  /** Call when the other process is gone: rejects all questions that still wait for an answer. */
  close(): void;
}

type Message =
  | { id: number; question: string; argument?: unknown }
  | { id: number; answer?: unknown; failure?: string | WireError };

const answerMs = 15_000;

export function createPeer(
  send: (message: unknown) => void,
  handlers: Record<string, (argument: unknown) => unknown>,
): Peer {
  let next = 1;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  const answer = async (id: number, question: string, argument: unknown) => {
    try {
      const handler = handlers[question];
      if (!handler) throw new Error(`unknown question ${question}`);
      send({ id, answer: await handler(argument) });
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      send({ id, failure: error instanceof SahabError ? encodeError(error) : failure });
    }
  };

  return {
    ask(question, argument) {
      const id = next++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(`The other process did not answer ${question} within ${answerMs} ms`));
        }, answerMs);
        waiting.set(id, {
          resolve: (value) => (clearTimeout(timer), resolve(value)),
          reject: (error) => (clearTimeout(timer), reject(error)),
        });
        send({ id, question, argument });
      });
    },
    receive(raw) {
      const message = raw as Message;
      if ("question" in message) {
        void answer(message.id, message.question, message.argument);
        return;
      }
      const waiter = waiting.get(message.id);
      waiting.delete(message.id);
      const { failure } = message;
      if (failure === undefined) waiter?.resolve(message.answer);
      else waiter?.reject(typeof failure === "string" ? new Error(failure) : decodeError(failure));
    },
    close() {
      for (const waiter of waiting.values()) waiter.reject(new Error("The other process is gone"));
      waiting.clear();
    },
  };
}
