import { afterEach, expect, test } from "bun:test";
import { LiveSource } from "./live-source.ts";
import { Refresher } from "./refresher.ts";

/** What a browser has: a connection that tells, fails or is refused. */
class FakeEventSource extends EventTarget {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState = 1;

  close(): void {
    this.readyState = this.CLOSED;
  }

  tell(name: string): void {
    this.dispatchEvent(new MessageEvent(name, { data: "{}" }));
  }

  refuse(): void {
    this.close();
    this.dispatchEvent(new Event("error"));
  }
}

const leaves: (() => void)[] = [];
afterEach(() => leaves.splice(0).forEach((leave) => leave()));

function make() {
  const opened: FakeEventSource[] = [];
  const seen = { isHidden: false, refused: 0 };
  const source = new LiveSource(
    {
      open: () => {
        opened.push(new FakeEventSource());
        return opened.at(-1) as unknown as EventSource;
      },
      isHidden: () => seen.isHidden,
      onLost: () => seen.refused++,
    },
    { hiddenWaitMs: 5 },
  );
  const setHidden = (isHidden: boolean) => {
    seen.isHidden = isHidden;
    source.noteVisibility();
  };
  return { source, opened, seen, setHidden };
}

test("a server that is gone is told at once, while the browser tries again by itself", () => {
  const { source, opened, seen } = make();
  leaves.push(source.listen({}));
  opened[0]?.tell("ready");
  opened[0]?.tell("error");
  expect({ isOpen: source.isOpen, refused: seen.refused, connections: opened.length }).toEqual({
    isOpen: false,
    refused: 1,
    connections: 1,
  });
});

test("a server that refuses is told to the one who asks for the session", () => {
  const { source, opened, seen } = make();
  leaves.push(source.listen({}));
  opened[0]?.tell("ready");
  expect(source.isOpen).toBe(true);
  opened[0]?.refuse();
  expect({ isOpen: source.isOpen, refused: seen.refused }).toEqual({ isOpen: false, refused: 1 });
});

test("a window that nobody sees holds no connection, and has one again when it is seen", async () => {
  const { source, opened, setHidden } = make();
  leaves.push(source.listen({}));
  opened[0]?.tell("ready");
  setHidden(true);
  setHidden(false);
  await Bun.sleep(20);
  expect(opened.map(({ readyState }) => readyState)).toEqual([1]);
  setHidden(true);
  await Bun.sleep(20);
  expect({ states: opened.map(({ readyState }) => readyState), isOpen: source.isOpen }).toEqual({
    states: [2],
    isOpen: false,
  });
  leaves.push(source.listen({}));
  expect(opened).toHaveLength(1);
  setHidden(false);
  expect(opened.map(({ readyState }) => readyState)).toEqual([2, 1]);
});

test("who listens to a connection that is there is told that it is ready", () => {
  const { source, opened } = make();
  const ready: string[] = [];
  leaves.push(source.listen({ ready: () => ready.push("first") }));
  expect(ready).toEqual([]);
  opened[0]?.tell("ready");
  leaves.push(source.listen({ ready: () => ready.push("second") }));
  expect(ready).toEqual(["first", "second"]);
});

test("lists are read anew at once, then together after a while, and after a connection that is not the first", async () => {
  const read: string[] = [];
  const refresher = new Refresher<readonly [string]>(([name]) => read.push(name), { waitMs: 20 });
  leaves.push(() => refresher.stop());
  refresher.noteReady([["models"]]);
  expect(read).toEqual([]);
  refresher.refresh([["keys"]]);
  refresher.refresh([["keys"], ["projects"]]);
  refresher.refresh([["keys"]]);
  expect(read).toEqual(["keys"]);
  await Bun.sleep(60);
  expect(read).toEqual(["keys", "keys", "projects"]);
  refresher.noteReady([["models"]]);
  expect(read.at(-1)).toBe("models");
});
