import { SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import { FairQueue, type Account } from "./fair-queue.ts";

export interface Turn {
  /** Runs when it is this request's turn, and until it ends nobody else does. Throws when the signal aborts before. */
  during<T>(run: () => Promise<T>, options: { cost: number; signal: AbortSignal }): Promise<T>;
  /** To be called when the request has ended. */
  close(): void;
}

interface Waiting {
  readonly account: Account<Waiting>;
  admit(): void;
}

/** Work that is done one piece at a time, in an order that is fair between projects and their keys. */
export class Turns {
  readonly #queue = new FairQueue<Waiting>();
  #isBusy = false;

  open(tenant: Tenant): Turn {
    const account = this.#queue.open(tenant);
    return {
      during: async (run, { cost, signal }) => {
        if (this.#isBusy) await this.#wait(account, signal);
        else this.#take(account);
        try {
          return await run();
        } finally {
          this.#queue.charge(account, cost);
          this.#release(account);
        }
      },
      close: () => this.#queue.close(account),
    };
  }

  #take(account: Account<Waiting>): void {
    this.#isBusy = true;
    this.#queue.hold(account);
  }

  #release(account: Account<Waiting>): void {
    this.#isBusy = false;
    this.#queue.drop(account);
    const next = this.#queue.heads().next().value;
    if (!next) return;
    this.#queue.remove(next.account, next);
    this.#take(next.account);
    next.admit();
  }

  async #wait(account: Account<Waiting>, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { account, admit: resolve };
    const onAbort = () => {
      if (this.#queue.remove(account, waiting))
        reject(new SahabError("client_closed_request", "The request was cancelled"));
    };
    this.#queue.add(account, waiting, { again: false });
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** Work on the thread that serves all, of which each project has at most one piece under way; its keys take turns. */
export class ProjectTurns {
  readonly #projects = new Map<string, { turns: Turns; users: number }>();

  async during<T>(tenant: Tenant, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const { project } = tenant;
    let own = this.#projects.get(project);
    if (!own) this.#projects.set(project, (own = { turns: new Turns(), users: 0 }));
    own.users++;
    const turn = own.turns.open(tenant);
    try {
      return await turn.during(run, { cost: 1, signal });
    } finally {
      turn.close();
      if (--own.users === 0) this.#projects.delete(project);
    }
  }
}
