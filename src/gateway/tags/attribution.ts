import { holdsKey } from "../../base/key-forms.ts";
import { replaceUnprintable } from "../../base/printable.ts";
import { isTagName, tagBounds } from "../../base/tag-bounds.ts";
import type { BodyLabels } from "../../dialect/labels.ts";
import { noTags, type Caller, type Tags } from "../../ledger/index.ts";
import type { HeaderLabels } from "./read-headers.ts";
import { splitUser } from "./split-user.ts";

/** Whom a request is for, as it is recorded: bounded, printable, and without keys. */
export interface Attribution {
  /** Empty where nobody is named. */
  user: string;
  /** Where there is a session, it is the tag of that name; see `sessionOf`. */
  tags: Tags;
}

export const noAttribution: Attribution = { user: "", tags: noTags };

interface Said {
  headers: HeaderLabels | undefined;
  body?: BodyLabels | undefined;
  /** What holds for all requests of a batch or of a caller: it counts where the request itself says nothing. */
  base?: Attribution | undefined;
  /** The caller's own, which no value may hold. */
  key: string | undefined;
  /** Those of the providers, which none may hold either. */
  providerKeys?: Pick<ReadonlySet<string>, "has"> | undefined;
}

/**
 * Puts together what a request's headers and body say. The caller's own tags come first, then its session and program, then its body's
 * metadata; of two with one name the first counts, and beyond the bound the last are left out. A name or value with a key in it is left out, too.
 */
export function attributionOf({ headers, body, base, key, providerKeys }: Said): Attribution {
  if (!headers && !body && !base) return noAttribution;
  const tags = new Map<string, string>();
  const isSecret = (text: string) => {
    if (key !== undefined && key !== "" && text.includes(key)) return true;
    // More is never kept of it.
    const shown = text.trim().slice(0, 4 * tagBounds.valueCharsMax);
    return holdsKey(shown) || (providerKeys !== undefined && wordsOf(shown).some((word) => providerKeys.has(word)));
  };
  const add = (name: string, value: string | undefined) => {
    if (value === undefined || tags.size >= tagBounds.tagsMax || tags.has(name) || isSecret(name)) return;
    const clean = isSecret(value) ? "" : cleanValue(value);
    if (clean !== "") tags.set(name, clean);
  };
  const userInHeader = headers?.said.get("user");
  const named = (headers?.isUserOwn ? userInHeader : body?.user) || userInHeader;
  const { user, session } = splitUser(named ?? "");
  const inBody = body?.user === named ? session : splitUser(body?.user ?? "").session;
  const sessionSaid = headers?.said.get(sessionTag);
  const pairs = body?.pairs.flatMap(([name, value]): [string, string][] => {
    // The user has a place of its own.
    const isUser = value === body.user && name === "user_id";
    const clean = isUser || isSecret(name) ? "" : cleanName(name);
    return clean === "" ? [] : [[clean, value]];
  });
  // An own tag `session` gives way to Sahab's header of that name, and to no program's.
  if (headers?.isSessionOwn) add("session", sessionSaid);
  if (headers) for (const [name, value] of headers.own) add(name, value);
  add("session", sessionSaid ?? body?.session ?? inBody);
  if (!pairs?.some(([name]) => name === "agent")) add("agent", headers?.agent);
  if (headers)
    for (const [meaning, value] of headers.said) if (meaning !== "user") add(meaning.slice("tag:".length), value);
  if (pairs) for (const [name, value] of pairs) add(name, value);
  // Of an agent's main thread it would say nothing more.
  if (tags.get("thread") === tags.get("session")) tags.delete("thread");
  for (const [name, value] of Object.entries(base?.tags ?? noTags)) add(name, value);
  return {
    user: (isSecret(user) ? "" : cleanValue(user)) || (base?.user ?? ""),
    tags: tags.size === 0 ? noTags : Object.fromEntries(tags),
  };
}

/** What holds for a caller's requests that say nothing; undefined for most. */
export function attributionOfCaller({ user }: Pick<Caller, "user">): Attribution | undefined {
  return user === undefined ? undefined : { user: cleanValue(user), tags: noTags };
}

const sessionTag = "tag:session";

/** The session that a request belongs to; undefined where it names none. */
export function sessionOf({ tags }: Attribution): string | undefined {
  return Object.hasOwn(tags, "session") ? tags["session"] : undefined;
}

const plain = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;

/** The value as it is recorded; empty where there is nothing to record. */
function cleanValue(value: string): string {
  if (plain.test(value)) return value;
  return cut(replaceUnprintable(cut(value.trim()), () => "\ufffd"));
}

/** The whole of a text, and its parts: a key may stand behind a name. */
function wordsOf(text: string): string[] {
  return separator.test(text) ? [text, ...text.split(separator)] : [text];
}

const separator = /[\s,;:="']+/;

/** Cut at a code point. */
function cut(text: string): string {
  const { valueCharsMax } = tagBounds;
  if (text.length <= valueCharsMax) return text;
  const isPair = /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(valueCharsMax - 1));
  return text.slice(0, isPair ? valueCharsMax - 1 : valueCharsMax);
}

/** A client's name for what it says, made one that a tag may have: `Team Name` is `team_name`. Empty where nothing is left. */
function cleanName(name: string): string {
  if (isTagName(name)) return name;
  return name
    .slice(0, 4 * tagBounds.nameCharsMax)
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "_")
    .replace(/^[_.-]+/, "")
    .slice(0, tagBounds.nameCharsMax);
}
