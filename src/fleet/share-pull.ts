import { SahabError } from "../base/errors.ts";
import type { PullProgress } from "./part-file.ts";

/** Models that a process fetches at once; those of several callers that are one count once. */
const pullsMax = 16;

interface Follower {
  signal: AbortSignal;
  onProgress: (progress: PullProgress) => void;
}

interface Shared<T> {
  followers: Set<Follower>;
  last: PullProgress | undefined;
  stop: AbortController;
  done: Promise<T>;
}

/** Work that several callers may wait for, by what is worked at. It ends when the last of them leaves. */
export class SharedPulls<T> {
  readonly #pulls = new Map<string, Shared<T>>();

  /** Follows what is under way for the key, or starts it. Throws `overloaded` where too many others are. */
  async join(key: string, follower: Follower, start: (follower: Follower) => Promise<T>): Promise<T> {
    for (;;) {
      if (follower.signal.aborted) throw givenUp();
      const found = this.#pulls.get(key);
      if (!found?.stop.signal.aborted) return await follow(found ?? this.#begin(key, start), follower);
      // Its last caller has left; until it has ended, its files are its own.
      await found.done.catch(() => undefined);
    }
  }

  #begin(key: string, start: (follower: Follower) => Promise<T>): Shared<T> {
    if (this.#pulls.size >= pullsMax)
      throw new SahabError(
        "overloaded",
        `${this.#pulls.size} models are being pulled already, and at most ${pullsMax} are at once; wait until one has ended`,
      );
    const stop = new AbortController();
    const followers = new Set<Follower>();
    const onProgress = (progress: PullProgress) => {
      pull.last = progress;
      for (const one of followers) one.onProgress(progress);
    };
    const done = Promise.resolve()
      .then(() => start({ signal: stop.signal, onProgress }))
      .finally(() => this.#pulls.delete(key));
    // Where all have left, nobody is told.
    done.catch(() => undefined);
    const pull: Shared<T> = { followers, last: undefined, stop, done };
    this.#pulls.set(key, pull);
    return pull;
  }
}

async function follow<T>({ followers, last, stop, done }: Shared<T>, follower: Follower): Promise<T> {
  followers.add(follower);
  if (last) follower.onProgress(last);
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(givenUp());
      follower.signal.addEventListener("abort", onAbort);
      done.then(resolve, reject);
    });
  } finally {
    if (onAbort) follower.signal.removeEventListener("abort", onAbort);
    followers.delete(follower);
    if (followers.size === 0) stop.abort();
  }
}

const givenUp = () => new SahabError("client_closed_request", "The pull was given up; what has come is kept");
