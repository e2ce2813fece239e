import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { must } from "../../base/assert.ts";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { ConversationReader, MessageRow, NewConversation } from "./conversation-store.ts";
import { wholeScope } from "./scope.ts";
import { makeKey } from "./store-contract.ts";
import type { Store } from "./store.ts";

const dayMs = 86_400_000;
const image = "data:image/png;base64,iVBORw0KGgo=";

const makeConversation = (fields: Partial<NewConversation> & { id: string }): NewConversation => ({
  owner: "lin",
  project: "default",
  createdMs: 1_000,
  keepDays: 30,
  isPinned: false,
  title: `Title of ${fields.id}`,
  models: ["chat", "nano"],
  system: "Be short",
  parameters: { temperature: 0.5 },
  ...fields,
});

const makeMessage = (fields: Partial<MessageRow> & { id: string }): MessageRow => ({
  parent: "",
  createdMs: 1_000,
  role: "user",
  status: "complete",
  content: [{ type: "text", text: `Text of ${fields.id}` }],
  reasoning: "",
  details: {},
  ...fields,
});

/** What every store promises of conversations; see `testStore`. */
export function testConversations(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`conversations: ${name}`, () => {
    const masterKey = "the master key of the tests";
    let store: Store;
    beforeEach(async () => {
      store = await open(masterKey);
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });
    const lin: ConversationReader = { owner: "lin", scope: wholeScope };
    const bounds = { messagesMax: 100, bytesMax: 1e9, ownerBytesMax: 1e9 };
    const insert = (fields: Partial<NewConversation> & { id: string }, conversationsMax = 100) =>
      store.insertConversation(makeConversation(fields), { conversationsMax });
    const put = (id: string, messages: MessageRow[], more: { nowMs?: number; bounds?: Partial<typeof bounds> } = {}) =>
      store.putMessages(lin, { id, nowMs: more.nowMs ?? 2_000 }, messages, { ...bounds, ...more.bounds });
    const find = (id: string, reader = lin, nowMs = 2_000) => store.findConversation(reader, { id, nowMs });
    const all = async (conversation: string) =>
      (await store.listMessages({ conversation, limit: 100, cursor: undefined, bytesMax: 1e9 })).messages;
    const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
    const list = async (reader = lin, nowMs = 2_000) =>
      idsOf((await store.listConversations(reader, { limit: 100, cursor: undefined, nowMs })).conversations);
    const search = async (text: string, more: { reader?: ConversationReader; limit?: number; cursor?: string } = {}) =>
      store.searchConversations(more.reader ?? lin, {
        text,
        nowMs: 5_000,
        limit: more.limit ?? 10,
        cursor: more.cursor,
      });

    test("gives back what was kept, with its images, and to nobody else", async () => {
      await insert({ id: "a" });
      const question = makeMessage({
        id: "q",
        content: [
          { type: "text", text: "What is this? \u0000 云" },
          { type: "image", url: image },
        ],
      });
      const answer = makeMessage({
        id: "r",
        parent: "q",
        createdMs: 1_001,
        role: "assistant",
        status: "stopped",
        reasoning: "A picture",
        details: { model: "chat", usage: { cost: "0.1" } },
      });
      expect(await put("a", [question, answer])).toBe("put");
      expect(await all("a")).toEqual([question, answer]);
      const { createdMs: _, ...same } = makeConversation({ id: "a" });
      expect(await find("a")).toEqual({
        ...same,
        createdMs: 1_000,
        updatedMs: 2_000,
        expiresMs: 2_000 + 30 * dayMs,
        messages: 2,
        bytes: expect.any(Number),
      });
      const strangers: ConversationReader[] = [
        { owner: "omar", scope: wholeScope },
        { owner: "lin", scope: { projects: ["other"] } },
        { owner: "lin", scope: { projects: [] } },
      ];
      for (const reader of strangers) {
        expect(await find("a", reader)).toBeUndefined();
        expect(await list(reader)).toEqual([]);
        expect(await search("picture", { reader })).toMatchObject({ found: [], searched: 0 });
        const key = { id: "a", nowMs: 2_000 };
        expect(await store.changeConversation(reader, key, { title: "mine" })).toBeUndefined();
        expect(await store.putMessages(reader, key, [makeMessage({ id: "x" })], bounds)).toBe("none");
        expect(await store.deleteMessage(reader, { ...key, message: "q" })).toBe(0);
        expect(await store.deleteConversation(reader, "a")).toBeFalse();
        expect(await store.deleteConversations(reader)).toBe(0);
      }
      expect(await list({ owner: "lin", scope: { projects: ["default", "other"] } })).toEqual(["a"]);
      expect(await all("a")).toHaveLength(2);
    });

    test("lists pinned ones first, then those that were used last, page by page", async () => {
      for (const [at, id] of ["a", "b", "c", "d"].entries()) await insert({ id, createdMs: 1_000 + at });
      await put("b", [makeMessage({ id: "m" })], { nowMs: 3_000 });
      expect(await store.changeConversation(lin, { id: "a", nowMs: 2_000 }, { isPinned: true })).toMatchObject({
        id: "a",
        isPinned: true,
        updatedMs: 1_000,
      });
      expect(await list()).toEqual(["a", "b", "d", "c"]);
      const pages: string[][] = [];
      for (let cursor: string | undefined; ;) {
        const { conversations, next } = await store.listConversations(lin, { limit: 1, cursor, nowMs: 2_000 });
        pages.push(idsOf(conversations));
        if (next === null) break;
        cursor = next;
      }
      expect(pages).toEqual([["a"], ["b"], ["d"], ["c"]]);
      const refused = store.listConversations(lin, { limit: 1, cursor: "x", nowMs: 1 }).catch(String);
      expect(await refused).toContain("cursor: expected");
    });

    test("keeps a tree: branches beside each other, replaced in place, deleted with what follows", async () => {
      await insert({ id: "a" });
      await insert({ id: "other" });
      await put("other", [makeMessage({ id: "1" })]);
      const tree = [["1"], ["2", "1"], ["3", "2"], ["2b", "1"], ["3b", "2b"]].map(([id = "", parent = ""], at) =>
        makeMessage({ id, parent, createdMs: 1_000 + at }),
      );
      expect(await put("a", tree)).toBe("put");
      const done = makeMessage({ id: "3", parent: "1", createdMs: 9_000, status: "failed" });
      expect(await put("a", [done])).toBe("put");
      expect((await all("a")).find(({ id }) => id === "3")).toEqual({ ...done, parent: "2", createdMs: 1_002 });
      expect(await put("a", [makeMessage({ id: "4" }), makeMessage({ id: "5", parent: "none" })])).toBe("parent");
      expect(await put("a", [makeMessage({ id: "6", parent: "6" })])).toBe("parent");
      expect(await store.deleteMessage(lin, { id: "a", nowMs: 2_000, message: "2" })).toBe(2);
      expect(idsOf(await all("a"))).toEqual(["1", "2b", "3b"]);
      expect(await find("a")).toMatchObject({ messages: 3 });
      expect(await store.deleteConversation(lin, "a")).toBeTrue();
      expect(await all("a")).toEqual([]);
      expect(await all("other")).toHaveLength(1);
      expect(await store.deleteConversations(lin)).toBe(1);
      expect(await all("other")).toEqual([]);
    });

    test("pages of messages end at their bytes, too", async () => {
      await insert({ id: "a" });
      const large = [{ type: "image" as const, url: `data:image/png;base64,${"A".repeat(5_000)}` }];
      const messages = ["1", "2", "3"].map((id, at) => makeMessage({ id, createdMs: at, content: large }));
      await put("a", messages);
      const pages: string[][] = [];
      for (let cursor: string | undefined; ;) {
        const page = await store.listMessages({ conversation: "a", limit: 2, cursor, bytesMax: 6_000 });
        pages.push(idsOf(page.messages));
        if (page.next === null) break;
        cursor = page.next;
      }
      expect(pages).toEqual([["1"], ["2"], ["3"]]);
    });

    test("a bound leaves everything as it was", async () => {
      expect([await insert({ id: "a" }, 2), await insert({ id: "b" }, 2), await insert({ id: "c" }, 2)]).toEqual([
        true,
        true,
        false,
      ]);
      expect(await insert({ id: "d", owner: "omar" }, 2)).toBeTrue();
      await put("a", [makeMessage({ id: "1" })]);
      const more = [makeMessage({ id: "2" }), makeMessage({ id: "3" })];
      expect(await put("a", more, { bounds: { messagesMax: 2 } })).toBe("messages");
      expect(await put("a", more, { bounds: { bytesMax: 700 } })).toBe("bytes");
      expect(await put("b", more, { bounds: { ownerBytesMax: 900 } })).toBe("owner bytes");
      expect([await all("a"), await all("b")].map((rows) => rows.length)).toEqual([1, 0]);
      expect(await find("a")).toMatchObject({ messages: 1 });
    });

    test("what a conversation is about counts as well as its messages", async () => {
      await insert({ id: "a", system: "x".repeat(2_000) });
      const begun = (await find("a"))?.bytes ?? 0;
      expect(begun).toBeWithin(2_000, 3_000);
      await store.changeConversation(lin, { id: "a", nowMs: 2_000 }, { system: "x".repeat(5_000) });
      expect((await find("a"))?.bytes).toBe(begun + 3_000);
      expect(await put("a", [makeMessage({ id: "1" })], { bounds: { ownerBytesMax: 5_000 } })).toBe("owner bytes");
      expect(await put("a", [makeMessage({ id: "1" })], { bounds: { ownerBytesMax: 6_500 } })).toBe("put");
      expect((await find("a"))?.bytes).toBeGreaterThan(begun + 3_200);
    });

    test("a rotated key and the next are one person; what is theirs goes 30 days after the last key", async () => {
      const readerOf = (owner: string): ConversationReader => ({ owner, scope: wholeScope });
      const holder = { isByOther: false };
      await store.insertKey(makeKey({ id: "key_1" }));
      await store.insertKey(makeKey({ id: "key_x" }));
      await insert({ id: "old", owner: "key_1", keepDays: null });
      await insert({ id: "of x", owner: "key_x", keepDays: null });
      await insert({ id: "of lin", keepDays: null });
      expect(await store.replaceKey("key_1", makeKey({ id: "key_2" }), 100, holder)).toBeTrue();
      expect(await store.replaceKey("key_2", makeKey({ id: "key_3" }), 100, holder)).toBeTrue();
      await insert({ id: "new", owner: "key_3", keepDays: null });
      for (const id of ["key_1", "key_2", "key_3"]) expect((await list(readerOf(id))).sort()).toEqual(["new", "old"]);
      expect(await list(readerOf("key_x"))).toEqual(["of x"]);
      const key = { id: "old", nowMs: 2_000 };
      expect(await store.putMessages(readerOf("key_3"), key, [makeMessage({ id: "1" })], bounds)).toBe("put");
      expect(await store.changeConversation(readerOf("key_3"), key, { title: "mine" })).toMatchObject({ messages: 1 });
      expect(
        (await store.searchConversations(readerOf("key_3"), { ...key, text: "mine", limit: 9, cursor: undefined }))
          .found,
      ).toHaveLength(1);
      expect(await store.deleteConversation(readerOf("key_2"), "new")).toBeTrue();
      expect(await store.sweepConversations(1_000 * dayMs)).toBe(0);
      await store.revokeKey("key_3", 2_000);
      expect(await store.sweepConversations(1_999 + 30 * dayMs)).toBe(0);
      expect(await store.sweepConversations(2_000 + 30 * dayMs)).toBe(1);
      expect([await list(readerOf("key_3")), await list(readerOf("key_x")), await list()]).toEqual([
        [],
        ["of x"],
        ["of lin"],
      ]);
      // Who rotates another's key knows the new one.
      expect(await store.replaceKey("key_x", makeKey({ id: "key_y" }), 9_000, { isByOther: true })).toBeTrue();
      expect([await list(readerOf("key_y")), await list(readerOf("key_x"))]).toEqual([[], ["of x"]]);
      expect(await store.sweepConversations(9_000 + 30 * dayMs)).toBe(1);
    });

    test("expires so many days after its last use, or never", async () => {
      await insert({ id: "day", keepDays: 1 });
      await insert({ id: "used", keepDays: 1 });
      await insert({ id: "never", keepDays: null });
      await insert({ id: "later", keepDays: 1 });
      await put("day", [makeMessage({ id: "1" })], { nowMs: 1_000 });
      await put("used", [makeMessage({ id: "1" })], { nowMs: 1_000 + dayMs / 2 });
      await store.changeConversation(lin, { id: "later", nowMs: 2_000 }, { keepDays: 7 });
      const nowMs = 1_000 + dayMs;
      expect(await find("day", lin, nowMs)).toBeUndefined();
      expect((await list(lin, nowMs)).sort()).toEqual(["later", "never", "used"]);
      expect(await put("day", [makeMessage({ id: "2" })], { nowMs })).toBe("none");
      expect(await store.sweepConversations(nowMs)).toBe(1);
      expect(await all("day")).toEqual([]);
      expect(await store.sweepConversations(nowMs + 10 * dayMs)).toBe(2);
      for (let at = 0; at < 60; at++) await insert({ id: `many ${at}`, owner: "omar", keepDays: 1 });
      expect(await store.sweepConversations(nowMs + 10 * dayMs)).toBe(60);
      expect(await list(lin, 2_000)).toEqual(["never"]);
      const { updatedMs } = must(await find("never", lin, 2_000), "it is kept");
      expect(await store.sweepConversations(2_000, updatedMs - 1)).toBe(0);
      expect(await store.sweepConversations(2_000, updatedMs)).toBe(1);
      expect(await list(lin, 2_000)).toEqual([]);
    });

    test("finds words in titles and texts, newest first, and says how many it has read", async () => {
      await insert({ id: "a", createdMs: 1_000, title: "Recipe for Bread" });
      await insert({ id: "b", createdMs: 2_000 });
      await insert({ id: "c", createdMs: 3_000, title: "天气 في الرياض" });
      await insert({ id: "d", createdMs: 4_000, owner: "omar", title: "bread of another" });
      const long = `${"before ".repeat(40)}the BREAD rises${" after".repeat(40)}`;
      const content = [{ type: "text" as const, text: long }];
      await put("b", [makeMessage({ id: "1", content }), makeMessage({ id: "2", createdMs: 2_000 })]);
      await put("c", [makeMessage({ id: "1" })], { nowMs: 3_000 });
      const { found, ...rest } = await search("bread");
      expect(rest).toEqual({ searched: 3, next: null });
      expect(found.map(({ conversation: { id }, excerpt }) => [id, excerpt?.message])).toEqual([
        ["b", "1"],
        ["a", undefined],
      ]);
      expect(found[0]?.excerpt?.text).toMatch(/^….*the BREAD rises after.*…$/);
      expect((await search("rises bread")).found).toHaveLength(1);
      expect((await search("ｂｒｅａｄ　rises")).found).toHaveLength(1);
      expect((await search("rises recipe")).found).toHaveLength(0);
      expect((await search("الرياض")).found).toMatchObject([{ conversation: { id: "c" }, excerpt: null }]);
      await insert({ id: "e", createdMs: 500, title: "كيف أُضيف مُزوِّدًا؟ مدرسة، Café, 如何添加供应商" });
      for (const text of ["اضيف مزود", "أضيف", "مدرسه", "مـزود", "cafe", "添加", "كَيْفَ"])
        expect({ text, found: (await search(text)).found }).toMatchObject({
          text,
          found: [{ conversation: { id: "e" } }],
        });
      expect(await search("\u064E")).toMatchObject({ found: [], searched: 0 });
      const vowelled = `${"بِسْمِ ".repeat(600)}الكِتَابُ هُنَا${" بَعْدُ".repeat(600)}`;
      await put("e", [makeMessage({ id: "1", content: [{ type: "text", text: vowelled }] })], { nowMs: 500 });
      expect((await search("الكتاب")).found[0]?.excerpt?.text).toContain("الكِتَابُ هُنَا");
      const first = await search("bread", { limit: 1 });
      expect(first).toMatchObject({ found: [{ conversation: { id: "b" } }], searched: 2 });
      const second = await search("bread", { limit: 1, cursor: first.next ?? "" });
      expect(second).toMatchObject({ found: [{ conversation: { id: "a" } }], searched: 1 });
    });

    test("stays readable when the master key changes, and is gone when that is lost", async () => {
      await insert({ id: "a" });
      await put("a", [makeMessage({ id: "1" })]);
      const reopen = async (key: string | MasterKeyPlace) => {
        await store.close();
        store = await open(key);
      };
      await reopen({ keys: ["another master key", masterKey] });
      await store.resealSecrets();
      await reopen("another master key");
      expect(await find("a")).toMatchObject({ title: "Title of a" });
      expect(await all("a")).toEqual([makeMessage({ id: "1" })]);
      await store.forgetSecrets();
      expect([await find("a"), await all("a")]).toEqual([undefined, []]);
      expect(await insert({ id: "b" })).toBeTrue();
      expect(await find("b")).toMatchObject({ title: "Title of b" });
    }, 20_000);
  });
}
