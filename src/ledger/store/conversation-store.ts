import type { Scope } from "./scope.ts";

/** Conversations with models that people keep. What they wrote and were told is sealed; it is opened for its owner alone. */
export interface ConversationStore {
  /** Adds a conversation, unless its owner has as many as they may: false. */
  insertConversation(row: NewConversation, bounds: { conversationsMax: number }): Promise<boolean>;
  /** Undefined where the reader has none of this id, or it has expired. */
  findConversation(reader: ConversationReader, key: ConversationKey): Promise<ConversationRow | undefined>;
  /** Pinned ones first, then those that were used last. Rejects with `invalid_request` for a cursor that is none. */
  listConversations(reader: ConversationReader, listing: ConversationListing): Promise<ConversationPage>;
  /** Opens and reads conversations, those that were used last first, until so many are found or a bound of one call is met. */
  searchConversations(reader: ConversationReader, search: ConversationSearch): Promise<ConversationsFound>;
  /** Returns the conversation as it is then; undefined where there is none. It counts as no use. */
  changeConversation(
    reader: ConversationReader,
    key: ConversationKey,
    changes: ConversationChanges,
  ): Promise<ConversationRow | undefined>;
  /** Deletes it with its messages; returns whether there was one. */
  deleteConversation(reader: ConversationReader, id: string): Promise<boolean>;
  /** Deletes all that are the reader's; returns how many. */
  deleteConversations(reader: ConversationReader): Promise<number>;
  /** Adds messages or replaces those of the same ids, which keep their parents: all of them or none. It counts as a use. */
  putMessages(
    reader: ConversationReader,
    key: ConversationKey,
    messages: readonly MessageRow[],
    bounds: MessageBounds,
  ): Promise<MessagesPut>;
  /** Oldest first; the caller has found the conversation. Fewer than asked for where they have too many bytes. */
  listMessages(listing: MessageListing): Promise<MessagePage>;
  /** Deletes a message and all that follow from it; returns how many. */
  deleteMessage(reader: ConversationReader, key: ConversationKey & { message: string }): Promise<number>;
  /**
   * Deletes some of those that have expired, that were not used since `unusedSinceMs`, or whose owner has had no good key for 30 days; returns
   * how many.
   */
  sweepConversations(nowMs: number, unusedSinceMs?: number): Promise<number>;
}

/** A person: sees their own conversations, as far as they are of projects that they may see. */
export interface ConversationReader {
  /** The id of an actor of the admin API; a rotated key and those that took its place are the same person. */
  owner: string;
  scope: Scope;
  /** What was not used since then is no longer there. */
  unusedSinceMs?: number | undefined;
}

export interface ConversationKey {
  id: string;
  /** What has expired by then is not there. */
  nowMs: number;
}

export interface ConversationRow {
  id: string;
  /** Whose it is: the id of an actor of the admin API. */
  owner: string;
  /** The project that pays. */
  project: string;
  createdMs: number;
  /** When a message was last added or changed. */
  updatedMs: number;
  /** Null for never. */
  expiresMs: number | null;
  /** So many days after the last use it expires; null for never. */
  keepDays: number | null;
  isPinned: boolean;
  /** How many there are. */
  messages: number;
  /** About what it takes in the store with them. */
  bytes: number;
  /** Kept sealed, as is all that follows. */
  title: string;
  models: readonly string[];
  system: string;
  /** As the API has them; the store does not know what is in it. */
  parameters: object;
}

export type NewConversation = Omit<ConversationRow, "updatedMs" | "expiresMs" | "messages" | "bytes">;

export type ConversationChanges = Partial<
  Pick<ConversationRow, "project" | "keepDays" | "isPinned" | "title" | "models" | "system" | "parameters">
>;

export interface ConversationListing {
  limit: number;
  cursor: string | undefined;
  nowMs: number;
}

export interface ConversationPage {
  conversations: ConversationRow[];
  /** The cursor of the next page; null where there is none. */
  next: string | null;
}

export interface ConversationSearch extends ConversationListing {
  /** Each of its words is to be in the title, or in one and the same message; case does not count. */
  text: string;
}

export interface ConversationsFound {
  found: { conversation: ConversationRow; excerpt: Excerpt | null }[];
  /** How many conversations were read. */
  searched: number;
  /** From where a next call goes on; null where all have been read. */
  next: string | null;
}

/** A few words around what was found in a message; null stands for a find in the title. */
export interface Excerpt {
  message: string;
  text: string;
}

export type MessagePart = { type: "text"; text: string } | { type: "image"; url: string };

/** A node of a conversation's tree: an edited question or a second answer is another child of the same parent. */
export interface MessageRow {
  id: string;
  /** The message that it follows; empty for a first one. */
  parent: string;
  createdMs: number;
  role: string;
  status: string;
  /** Kept sealed, as is all that follows; images apart from the rest. */
  content: readonly MessagePart[];
  reasoning: string;
  /** As the API has them: model, usage, timings and the like. */
  details: object;
}

export interface MessageBounds {
  /** Of a conversation. */
  messagesMax: number;
  bytesMax: number;
  /** Of all conversations of the owner. */
  ownerBytesMax: number;
}

/** `none`: no such conversation; `parent`: a message follows one that is not there; else the bound that is in the way. */
export type MessagesPut = "put" | "none" | "parent" | "messages" | "bytes" | "owner bytes";

export interface MessageListing {
  conversation: string;
  limit: number;
  cursor: string | undefined;
  bytesMax: number;
}

export interface MessagePage {
  messages: MessageRow[];
  next: string | null;
}
