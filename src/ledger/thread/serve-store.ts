import { must } from "../../base/assert.ts";
import type { LineLog } from "../insert-fitting.ts";
import { JournalMover } from "../move-journal.ts";
import { recoverJournal, recoverJournals } from "../recover-journal.ts";
import { UsageRetirer } from "../retire-usage.ts";
import { openStore } from "../store/open-store.ts";
import type { OpenStore } from "../store/index.ts";
import { encodeFailure } from "./failure.ts";
import type { StoreLocation } from "../store/open-store.ts";
import type { Calls, FromThread, ToThread } from "./messages.ts";

/** Answers the calls of the serving thread; returns what is to be called with each of its messages. */
export function serveStore(
  send: (message: FromThread, handedOver?: readonly ArrayBuffer[]) => void,
): (message: ToThread) => void {
  let store: OpenStore | undefined;
  let calls: Calls | undefined;
  const running = new Map<number, { abort: AbortController; done: Promise<void> }>();

  const open = async (location: StoreLocation) => {
    try {
      store = await openStore(location);
      calls = callsOf(store, sendingLog(send));
      send({ type: "opened" });
    } catch (thrown) {
      send({ type: "not-opened", failure: encodeFailure(thrown) });
    }
  };

  const answer = async (id: number, method: keyof Calls, args: unknown[], signal: AbortSignal) => {
    try {
      if (!calls) throw new Error("the store is not open");
      const options = endable.has(method) ? [{ signal }] : [];
      const value = await (calls[method] as (...args: unknown[]) => Promise<unknown>)(...args, ...options);
      const isBytes = madeAsBytes.has(method) && value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
      send({ type: "value", id, value }, isBytes ? [value.buffer] : []);
    } catch (thrown) {
      send({ type: "failure", id, failure: encodeFailure(thrown) });
    } finally {
      running.delete(id);
    }
  };

  const close = async () => {
    for (const { abort } of running.values()) abort.abort();
    await Promise.all([...running.values()].map(({ done }) => done));
    await store?.close();
    send({ type: "closed" });
  };

  return (message) => {
    switch (message.type) {
      case "open":
        void open(message.location);
        break;
      case "call": {
        const abort = new AbortController();
        const { id, method, args } = message;
        const done = Promise.resolve().then(() => answer(id, method, args, abort.signal));
        running.set(id, { abort, done });
        break;
      }
      case "cancel":
        running.get(message.id)?.abort.abort();
        break;
      case "close":
        void close();
        break;
    }
  };
}

/** Calls of many steps, which end between two of them when they are cancelled. */
const endable: ReadonlySet<keyof Calls> = new Set(["sumUsage", "sumUsageJson", "exportUsageDay", "deleteUsageDay"]);

/** Calls whose answers are bytes that nobody keeps here: they are handed over, not copied. */
const madeAsBytes: ReadonlySet<keyof Calls> = new Set(["listUsageJson", "sumUsageJson"]);

/** What an endable call is given beside its arguments. */
interface Endable {
  signal: AbortSignal;
}

function callsOf(store: OpenStore, log: LineLog): Calls {
  const mover = new JournalMover({ store, log });
  const retirer = new UsageRetirer({ store });
  return {
    ...store,
    drainJournal: (dir, position) => mover.move(dir, position),
    recoverJournal: (dir) => recoverJournal(dir, { store, log }),
    recoverJournals: (root) => recoverJournals(root, { store, log }),
    exportUsageDay: (dir, beforeMs, ...[options]: Endable[]) =>
      retirer.exportDay(dir, beforeMs, must(options, "the thread gives a signal").signal),
    deleteUsageDay: (dir, ...[options]: Endable[]) =>
      retirer.deleteDay(dir, must(options, "the thread gives a signal").signal),
  };
}

/** A log of its own would cost the thread as much memory as its database. */
function sendingLog(send: (message: FromThread) => void): LineLog {
  const at = (level: "warn" | "error") => (fields: object, text: string) => send({ type: "log", level, fields, text });
  return { warn: at("warn"), error: at("error") };
}
