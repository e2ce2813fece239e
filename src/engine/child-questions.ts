import type { ChildStatus } from "./protocol.ts";

const answerWaitMs = 1_000;

/** Questions to a child for its status that have no answer yet. Id 0 is not used: it is the watch's, which needs only the arrival of an answer. */
export class ChildQuestions {
  readonly #open = new Map<number, (status: ChildStatus | null) => void>();
  #nextId = 1;

  /** Null when no answer comes in time. */
  ask(send: (id: number) => void): Promise<ChildStatus | null> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const settle = (status: ChildStatus | null) => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(status);
      };
      const timer = setTimeout(() => settle(null), answerWaitMs);
      this.#open.set(id, settle);
      send(id);
    });
  }

  answer(id: number, status: ChildStatus | null): void {
    this.#open.get(id)?.(status);
  }
}
