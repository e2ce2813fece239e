import type { Kysely, Selectable } from "kysely";
import type { Sealer } from "../../base/seal.ts";
import type { ConversationSearch, ConversationsFound, Excerpt } from "./conversation-store.ts";
import { openConversation, openText } from "./seal-conversation.ts";
import type { Tables } from "./tables.ts";

/** Bounds of one call; a next one goes on from there. Callers wait up to 5 s for the store. */
const conversationsMax = 1_000;
const bytesMax = 64 * 1024 * 1024;
const timeMsMax = 2_000;
/** Read by one statement; a message has at most a mebibyte of text. */
const conversationsAtOnce = 20;
const messagesAtOnce = 16;
/** Of an excerpt, around the word that was found. */
const charsBefore = 24;
const charsAfter = 70;

type Row = Selectable<Tables["conversations"]>;

/** Where a search goes on: after the conversation that was read last. */
interface Place {
  updatedMs: number;
  id: string;
}

/**
 * Searches what is sealed by opening it, newest first, slice by slice: between two slices other calls run. Texts are compared without
 * case and marks and in Unicode's compatible form: a full-width letter is found by its usual one, é by e, and an Arabic word with or without
 * its vowels and hamzas.
 */
export async function searchConversations(
  deps: {
    db: Kysely<Tables>;
    sealer: Sealer;
    /** Conversations after a place, those that were used last first. */
    read(after: Place | undefined, limit: number): Promise<Row[]>;
    cursorOf(row: Row): string | null;
  },
  { text, limit }: Pick<ConversationSearch, "text" | "limit">,
  after: Place | undefined,
): Promise<ConversationsFound> {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return { found: [], searched: 0, next: null };
  const endMs = performance.now() + timeMsMax;
  const found: ConversationsFound["found"] = [];
  let searched = 0;
  let bytes = 0;
  let place = after;
  for (;;) {
    const rows = await deps.read(place, conversationsAtOnce);
    for (const row of rows) {
      const conversation = openConversation(row, deps.sealer);
      const match =
        conversation && hasAll(fold(conversation.title), words)
          ? "title"
          : await searchMessages(deps, row.id, words, (read) => (bytes += read));
      if (conversation && match) found.push({ conversation, excerpt: match === "title" ? null : match });
      searched++;
      place = { updatedMs: Number(row.updated_ms), id: row.id };
      const isEnough = found.length >= limit || searched >= conversationsMax;
      if (isEnough || bytes >= bytesMax || performance.now() >= endMs)
        return { found, searched, next: deps.cursorOf(row) };
    }
    if (rows.length < conversationsAtOnce) return { found, searched, next: null };
    await letOthersRun();
  }
}

/** The newest message that has all words. */
async function searchMessages(
  { db, sealer }: { db: Kysely<Tables>; sealer: Sealer },
  conversation: string,
  words: readonly string[],
  note: (bytes: number) => void,
): Promise<Excerpt | undefined> {
  for (let offset = 0; ; offset += messagesAtOnce) {
    const rows = await db
      .selectFrom("conversation_messages")
      .select(["conversation", "id", "body"])
      .where("conversation", "=", conversation)
      .orderBy("created_ms", "desc")
      .orderBy("id", "desc")
      .limit(messagesAtOnce)
      .offset(offset)
      .execute();
    for (const row of rows) {
      note(row.body.length);
      const text = openText(row, sealer);
      if (hasAll(fold(text), words)) return { message: row.id, text: excerptOf(text, words[0] ?? "") };
    }
    if (rows.length < messagesAtOnce) return undefined;
    await letOthersRun();
  }
}

function hasAll(folded: string, words: readonly string[]): boolean {
  return words.every((word) => folded.includes(word));
}

/** The words around the first place where the word is. */
function excerptOf(text: string, word: string): string {
  const at = placeIn(text, Math.max(0, fold(text).indexOf(word)));
  const [start, end] = [Math.max(0, at - charsBefore), at + word.length + charsAfter];
  const piece = text.slice(start, end).replaceAll(/\s+/g, " ").trim();
  return `${start > 0 ? "…" : ""}${piece}${end < text.length ? "…" : ""}`.toWellFormed();
}

/** Accents, the vowels of Hebrew and Arabic, hamzas, and the stroke that only lengthens an Arabic word. In other scripts marks are vowels, and stay. */
const marks = /\u0640|(?=\p{Mn})[\p{scx=Arab}\p{scx=Hebr}\u0300-\u036F]/gu;

/** At the end of an Arabic word some letters are written either way. */
const fold = (text: string) =>
  text
    .normalize("NFKD")
    .replaceAll(marks, "")
    .toLowerCase()
    .replaceAll("\u0649", "\u064A")
    .replaceAll("\u0629", "\u0647");

/** Where in the text what is at a place of its folded form begins: at most a few letters before it. */
function placeIn(text: string, foldedAt: number): number {
  let folded = 0;
  let place = 0;
  for (const pieceChars of [1_000, 1])
    for (; place < text.length; place += pieceChars) {
      const next = folded + fold(text.slice(place, place + pieceChars)).length;
      if (next > foldedAt) break;
      folded = next;
    }
  return place;
}

const letOthersRun = () => new Promise<void>((resolve) => setImmediate(resolve));
