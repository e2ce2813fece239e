import { SahabError } from "../../base/errors.ts";
import { Attempt } from "../../call/index.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import type { Provider } from "../provider.ts";
import type { Origin } from "./advise.ts";
import { askModels, type ModelsAnswer } from "./ask-models.ts";
import { reach } from "./reach.ts";
import type { Step } from "./report.ts";

/** For one list of models, and for all that is asked of a provider. */
const answerMsMax = 15_000;
const allMsMax = 45_000;

/** Asks a provider, each time by an attempt of its own that the signal ends. */
export class Asker {
  readonly #provider: Provider;
  readonly #signal: AbortSignal;
  readonly #endsMs = performance.now() + allMsMax;

  constructor(provider: Provider, signal: AbortSignal) {
    this.#provider = provider;
    this.#signal = signal;
  }

  reach(url: URL, { api }: Dialect, origin: Origin): Promise<Step[]> {
    const { pool } = this.#provider.reading(url, api, { anonymous: true });
    return this.#attempt((attempt) => reach(this.#provider, pool, { origin, attempt }));
  }

  models(address: string, dialect: Dialect, anonymous = false): Promise<ModelsAnswer> {
    const leftMs = Math.max(1, Math.round(this.#endsMs - performance.now()));
    const answerMs = Math.min(this.#provider.timeouts.wholeMs, answerMsMax, leftMs);
    return this.#attempt((attempt) => askModels(this.#provider, { address, dialect, anonymous, answerMs }, attempt));
  }

  async #attempt<T>(run: (attempt: Attempt) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const attempt = new Attempt({ provider: this.#provider.name, model: "" });
    const end = () => attempt.cancel(new SahabError("client_closed_request", "The test was given up"));
    this.#signal.addEventListener("abort", end);
    try {
      return await run(attempt);
    } finally {
      this.#signal.removeEventListener("abort", end);
    }
  }
}
