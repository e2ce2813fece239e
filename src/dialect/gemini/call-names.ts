/**
 * The ids of calls and of the answers to them. Google's ids are optional: an answer without one belongs to the first call of its
 * name in the latest turn that has none yet. What is made up depends on the position alone, so that the same history has the same ids.
 */
export class CallNames {
  readonly #byId = new Map<string, Queue>();
  readonly #byName = new Map<string, Queue>();
  #made = 0;

  /** A model speaks: answers that follow are to its calls. */
  beginTurn(): void {
    this.#byId.clear();
    this.#byName.clear();
  }

  ofCall(id: string, name: string): string {
    const call: Call = { id: id || `call_${++this.#made}`, isAnswered: false };
    add(this.#byId, call.id, call);
    add(this.#byName, name, call);
    return call.id;
  }

  ofAnswer(id: string, name: string): string {
    const call = id === "" ? take(this.#byName, name) : take(this.#byId, id);
    // An answer to nothing is the vendor's to judge.
    return call?.id ?? (id || `call_${name}`);
  }
}

interface Call {
  id: string;
  isAnswered: boolean;
}

interface Queue {
  calls: Call[];
  next: number;
}

function add(queues: Map<string, Queue>, key: string, call: Call): void {
  const queue = queues.get(key);
  if (queue) queue.calls.push(call);
  else queues.set(key, { calls: [call], next: 0 });
}

function take(queues: Map<string, Queue>, key: string): Call | undefined {
  const queue = queues.get(key);
  if (!queue) return undefined;
  while (queue.calls[queue.next]?.isAnswered) queue.next++;
  const call = queue.calls[queue.next];
  if (call) call.isAnswered = true;
  return call;
}
