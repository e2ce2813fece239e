import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { SessionRow } from "./session-store.ts";
import type { Store } from "./store.ts";

const makeSession = (fields: Partial<SessionRow> & { id: string }): SessionRow => ({
  hash: `hash of ${fields.id}`,
  keyId: "admin",
  keyHash: "hash of the key",
  signedInWith: "key",
  address: "127.0.0.1",
  userAgent: "a browser",
  createdMs: 1_000,
  usedMs: 1_000,
  expiresMs: 2_000_000_000_000,
  ...fields,
});

const makeLink = (hash: string, createdMs = 1_000) => ({
  hash,
  keyId: "admin",
  keyHash: "hash of the key",
  createdMs,
  expiresMs: createdMs + 600_000,
  sessionExpiresMs: undefined,
});

/** What every store promises of sessions; see `testStore`. */
export function testSessions(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`sessions: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open("the master key of the tests");
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });
    const ids = async () => (await store.listSessions(undefined)).map(({ id }) => id);

    test("one is found by its hash as it was added, is used, and ends once", async () => {
      const session = makeSession({ id: "a", signedInWith: "link" });
      await store.insertSession(session, 10);
      await store.insertSession(makeSession({ id: "b" }), 10);
      expect(await store.findSessionsByHash(["hash of a", "none"])).toEqual([session]);
      await store.noteSessionUse("a", 5_000);
      await store.noteSessionUse("a", 4_000);
      expect(await store.findSessionsByHash(["hash of a"])).toEqual([{ ...session, usedMs: 5_000 }]);
      expect(await ids()).toEqual(["b", "a"]);
      expect(await store.endSession("a")).toBe(true);
      expect(await store.endSession("a")).toBe(false);
      expect(await store.findSessionsByHash(["hash of a"])).toEqual([]);
      expect([await store.endSessions(undefined), await ids()]).toEqual([1, []]);
    });

    test("those of a key end with its links, and those of others stay", async () => {
      for (const [id, keyId] of Object.entries({ a: "ann", b: "bob", c: "ann" })) {
        await store.insertSession(makeSession({ id, keyId }), 10);
        await store.insertSignInLink({ ...makeLink(`link of ${id}`), keyId, sessionExpiresMs: 9_000 }, 10);
      }
      expect((await store.listSessions("ann")).map(({ id }) => id)).toEqual(["c", "a"]);
      expect([await store.endSessions("ann"), await ids()]).toEqual([2, ["b"]]);
      const links = await store.findSignInLinksByHash(["link of a", "link of b", "link of c"]);
      expect(links.map(({ hash, sessionExpiresMs }) => [hash, sessionExpiresMs])).toEqual([["link of b", 9_000]]);
      expect([await store.endSessions(undefined), await ids()]).toEqual([1, []]);
      expect(await store.findSignInLinksByHash(["link of b"])).toEqual([]);
    });

    test("beyond the bound those that were used longest ago end", async () => {
      for (const [id, usedMs] of Object.entries({ a: 3_000, b: 1_000, c: 2_000 }))
        await store.insertSession(makeSession({ id, usedMs }), 2);
      expect(await ids()).toEqual(["c", "a"]);
    });

    test("a link is given to one of those who ask at once, and to nobody after its time", async () => {
      const link = makeLink("link");
      await store.insertSignInLink(link, 10);
      expect(await store.findSignInLinksByHash(["none", "link"])).toEqual([link]);
      const taken = await Promise.all(Array.from({ length: 5 }, () => store.takeSignInLink("link", 600_999)));
      expect(taken.filter((one) => one !== undefined)).toEqual([link]);
      await store.insertSignInLink(link, 10);
      expect(await store.takeSignInLink("link", link.expiresMs)).toBeUndefined();
      for (const [at, hash] of ["a", "b", "c"].entries()) await store.insertSignInLink(makeLink(hash, at), 2);
      expect(await store.takeSignInLink("a", 1_000)).toBeUndefined();
      expect((await store.takeSignInLink("b", 1_000))?.hash).toBe("b");
    });

    test("what is over is swept, and nothing else", async () => {
      await store.insertSession(makeSession({ id: "a", expiresMs: 10_000, usedMs: 9_000 }), 10);
      await store.insertSession(makeSession({ id: "b", usedMs: 5_000 }), 10);
      await store.insertSession(makeSession({ id: "c", usedMs: 5_001 }), 10);
      await store.insertSignInLink(makeLink("old", -600_000), 10);
      await store.insertSignInLink(makeLink("new"), 10);
      await store.sweepSessions(10_000, 5_000);
      expect(await ids()).toEqual(["c"]);
      expect(await store.takeSignInLink("old", -1)).toBeUndefined();
      expect(await store.takeSignInLink("new", 10_000)).toBeDefined();
    });
  });
}
