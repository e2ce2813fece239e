import { afterEach, expect, test } from "bun:test";
import { SharedEvents, type Locks } from "./shared-events.ts";

class FakeEventSource extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;

  close(): void {
    this.readyState = this.CLOSED;
  }

  tell(name: string): void {
    this.dispatchEvent(new MessageEvent(name, { data: "{}" }));
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

/** One lock at a time, as a browser has them. */
class FakeLocks implements Locks {
  #last: Promise<void> = Promise.resolve();

  request(_name: string, { signal }: { signal: AbortSignal }, callback: () => Promise<void>): Promise<void> {
    this.#last = hold(this.#last, signal, callback);
    return this.#last;
  }
}

async function hold(before: Promise<void>, signal: AbortSignal, callback: () => Promise<void>): Promise<void> {
  await before;
  if (!signal.aborted) await callback();
}

const windows: SharedEvents[] = [];
afterEach(() => windows.splice(0).forEach((one) => one.close()));

function makeBrowser() {
  const locks = new FakeLocks();
  const opened: FakeEventSource[] = [];
  const channel = `test ${Math.random()}`;
  const openWindow = () => {
    const heard: string[] = [];
    const open = () => {
      opened.push(new FakeEventSource());
      return opened.at(-1) as unknown as EventSource;
    };
    const events = new SharedEvents({ open, locks }, { channel, names: ["ready", "request"] });
    for (const name of ["ready", "request", "error"]) events.addEventListener(name, () => heard.push(name));
    windows.push(events);
    return { events, heard };
  };
  return { opened, openWindow };
}

const settled = () => Bun.sleep(20);

test("windows share one connection, a late one is greeted, and another takes over when its holder closes", async () => {
  const { opened, openWindow } = makeBrowser();
  const [first, second] = [openWindow(), openWindow()];
  await settled();
  opened[0]?.tell("ready");
  await settled();
  const third = openWindow();
  await settled();
  opened[0]?.tell("request");
  await settled();
  for (const { heard } of [first, second, third]) expect(heard).toEqual(["ready", "request"]);
  expect(opened).toHaveLength(1);

  first.events.close();
  await settled();
  expect(opened.map(({ readyState }) => readyState)).toEqual([2, 1]);
  opened[1]?.tell("ready");
  await settled();
  expect([second.heard.length, third.heard.length, first.heard.length]).toEqual([3, 3, 2]);
});

test("all windows are told that the connection is lost, and that it was refused", async () => {
  const { opened, openWindow } = makeBrowser();
  const all = [openWindow(), openWindow()];
  await settled();
  opened[0]?.tell("ready");
  opened[0]?.fail(0);
  await settled();
  for (const { heard, events } of all) expect([heard, events.readyState]).toEqual([["ready", "error"], 0]);
  opened[0]?.tell("ready");
  opened[0]?.fail(2);
  await settled();
  expect(all.map(({ events }) => events.readyState)).toEqual([2, 2]);
});
