const none = -1;

/** One list of requests for each replica, first in, first out; a request is in one of them at most. */
export class RequestLists {
  readonly #next: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #lengths: Int32Array;

  constructor(replicas: number, requests: number) {
    this.#next = new Int32Array(requests).fill(none);
    this.#first = new Int32Array(replicas).fill(none);
    this.#last = new Int32Array(replicas).fill(none);
    this.#lengths = new Int32Array(replicas);
  }

  lengthAt(replica: number): number {
    return this.#lengths[replica]!;
  }

  /** The first request; -1 in an empty list. */
  firstAt(replica: number): number {
    return this.#first[replica]!;
  }

  /** The request after this one; -1 after the last. */
  after(request: number): number {
    return this.#next[request]!;
  }

  add(replica: number, request: number): void {
    const last = this.#last[replica]!;
    if (last === none) this.#first[replica] = request;
    else this.#next[last] = request;
    this.#last[replica] = request;
    this.#next[request] = none;
    this.#lengths[replica]!++;
  }

  /** Takes the first request out of a list that has one. */
  takeFirst(replica: number): number {
    const request = this.#first[replica]!;
    const next = this.#next[request]!;
    this.#first[replica] = next;
    if (next === none) this.#last[replica] = none;
    this.#lengths[replica]!--;
    return request;
  }
}
