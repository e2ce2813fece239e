import { afterAll, expect, test } from "bun:test";
import { eventually } from "../../../../src/testing/eventually.ts";

// The pages' own modules ask the address of the window they run in.
let isDown = false;
let kept = 0;
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch() {
    kept++;
    if (isDown) return new Response("", { status: 503 });
    return Response.json({ id: "conv_1", title: "Hi", pinned: false, refused: [] });
  },
});
afterAll(() => server.stop(true));
Object.assign(globalThis, { location: server.url });

/** Read when the test runs: types of the browser's document would come with it into those of the tests. */
const path: string = "./chat-sessions.ts";
const reachablePath: string = "../../api/reachable.ts";
const clientPath: string = "../../api/query-client.ts";
interface Sessions {
  openSession(id: string | undefined, settings: () => object, onCreated: (id: string) => boolean): Session;
  settleDraft(session: Session): void;
  resetDraft(): void;
}
interface Session {
  send(text: string, images: string[]): void;
  keepAgain(): void;
}

test("a new conversation is the same one until the page's address names it, so that nothing of the page begins anew", async () => {
  const { openSession, settleDraft } = (await import(path)) as Sessions;
  const settings = () => ({ project: "default", models: [], system: "", parameters: {}, keepDays: 30 });
  const open = (id?: string) => openSession(id, settings, (created) => hear(created));
  let hear: (id: string) => boolean = () => true;
  const create = async () => {
    const created = Promise.withResolvers<string>();
    hear = (id) => {
      created.resolve(id);
      return isShown;
    };
    const session = open();
    session.send("Hi", []);
    return { session, id: await created.promise };
  };
  let isShown = true;
  const { session, id } = await create();
  expect(open()).toBe(session);
  expect(open(id)).toBe(session);
  const next = open();
  expect(next).not.toBe(session);

  // Where another page is shown by then, or is gone to before the address has changed, the next one is new.
  isShown = false;
  const unseen = await create();
  expect(open()).not.toBe(unseen.session);
  isShown = true;
  const left = await create();
  settleDraft(left.session);
  expect(open()).not.toBe(left.session);
});

test("what could not be kept before its reader signed out is not kept for the next one", async () => {
  const { openSession, resetDraft } = (await import(path)) as Sessions;
  const { queryClient } = (await import(clientPath)) as { queryClient: { removeQueries(): void } };
  const { noteReachable } = (await import(reachablePath)) as { noteReachable(isNow: boolean): void };
  const settings = () => ({ project: "default", models: [], system: "", parameters: {}, keepDays: 30 });
  const nextTry = (after: number) => eventually("a try to keep it", () => kept > after);
  isDown = true;
  resetDraft();
  const session = openSession(undefined, settings, () => true);
  let before = kept;
  session.send("Hi", []);
  await nextTry(before);
  before = kept;
  session.keepAgain();
  await nextTry(before);
  // Each is tried again by itself once the server answers.
  before = kept;
  noteReachable(false);
  noteReachable(true);
  await nextTry(before);
  isDown = false;
  queryClient.removeQueries();
  before = kept;
  session.keepAgain();
  await Bun.sleep(50);
  expect(kept).toBe(before);
});
