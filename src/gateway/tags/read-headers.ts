import { SahabError } from "../../base/errors.ts";
import { showText } from "../../base/printable.ts";
import { allowedTagName, isTagName, tagBounds } from "../../base/tag-bounds.ts";
import { patternOf, type HttpRequest } from "../../http/index.ts";
import { agentsByWord, headerSources, tagsHeader, type HeaderMeaning } from "./sources.ts";

/** Whom a request is for, as its headers say. */
export interface HeaderLabels {
  /** Those of the caller's own choice. */
  own: readonly (readonly [name: string, value: string])[];
  /** What headers of programs say, by what they mean. */
  said: ReadonlyMap<HeaderMeaning, string>;
  /** The program, by its User-Agent. */
  agent: string | undefined;
  /** The user is named by Sahab's own header, which counts more than the body. */
  isUserOwn: boolean;
  /** So is the session, which counts more than an own tag of that name. */
  isSessionOwn: boolean;
}

/** Throws `invalid_request` for headers of Sahab's own that are not as they must be; nothing is asked of others. Undefined where they say nothing. */
export function readHeaderLabels(headers: HttpRequest["headers"]): HeaderLabels | undefined {
  const found = headers.pick(pattern);
  if (!found) return undefined;
  // In the order of the table, whatever order they came in.
  if (found.length > 1) found.sort(([a], [b]) => rankOf(a) - rankOf(b));
  let said: Map<HeaderMeaning, string> | undefined;
  let own = noTags;
  let agent: string | undefined;
  let isUserOwn = false;
  let isSessionOwn = false;
  for (const [name, text] of found) {
    if (name === "user-agent") agent = agentOf(text);
    else if (name === tagsHeader) own = readOwnTags(headers.get(name) ?? text);
    else {
      if (name.startsWith(ownPrefix)) checkOwn(name, text);
      const meaning = meanings.get(name);
      if (text === "" || meaning === undefined || said?.has(meaning)) continue;
      isUserOwn ||= name === ownUser;
      isSessionOwn ||= name === ownSession;
      (said ??= new Map()).set(meaning, name === "http-referer" ? publicPartOf(text) : textOf(text));
    }
  }
  const isSilent = !said && own.length === 0 && agent === undefined;
  return isSilent ? undefined : { own, said: said ?? nothingSaid, agent, isUserOwn, isSessionOwn };
}

const ownPrefix = "x-sahab-";
const ownUser = "x-sahab-user";
const ownSession = "x-sahab-session";
const noTags: HeaderLabels["own"] = [];
const nothingSaid: HeaderLabels["said"] = new Map();
const meanings: ReadonlyMap<string, HeaderMeaning> = new Map(headerSources);
const ranks: ReadonlyMap<string, number> = new Map(headerSources.map(([name], rank) => [name, rank]));
const pattern = patternOf([...ranks.keys(), "user-agent", tagsHeader]);

function rankOf(name: string): number {
  return ranks.get(name) ?? ranks.size;
}

function agentOf(userAgent: string): string | undefined {
  const end = userAgent.search(/[/\s]/);
  const word = end === -1 ? userAgent : userAgent.slice(0, end);
  return word.length <= agentCharsMax ? agentsByWord.get(word.toLowerCase()) : undefined;
}

const agentCharsMax = 40;

/** A header's bytes are read as latin1; programs that write other letters write UTF-8. */
function textOf(header: string): string {
  if (!/[\x80-\xff]/.test(header)) return header;
  const text = Buffer.from(header, "latin1").toString("utf8");
  return text.includes("\ufffd") ? header : text;
}

/** An address without its user and password, and without what follows its path: that may name anything. */
function publicPartOf(address: string): string {
  const shown = textOf(address)
    .replace(/[?#].*$/s, "")
    .replace(/^((?:[a-z][\w+.-]*:)?[\\/]*)[^\\/]*@/i, "$1");
  // A password with a question mark in it was cut, and its beginning would be left.
  return shown.includes("://") && !URL.canParse(shown) ? "" : shown;
}

function checkOwn(name: string, text: string): void {
  const { length } = textOf(text);
  if (length > 0 && length <= tagBounds.valueCharsMax) return;
  throw invalid(name, `expected 1 to ${tagBounds.valueCharsMax} characters, found ${length}`);
}

function readOwnTags(header: string): [string, string][] {
  const parts = textOf(header).split(",");
  const { tagsMax, valueCharsMax } = tagBounds;
  if (parts.length > tagsMax) throw invalid(tagsHeader, `at most ${tagsMax} tags are allowed, found ${parts.length}`);
  const tags = parts.map((part): [string, string] => {
    const equals = part.indexOf("=");
    const [name, value] = [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    if (equals === -1 || value === "")
      throw invalid(
        tagsHeader,
        `expected name=value with commas between, such as team=search,env=prod, found ${show(part.trim())}`,
      );
    if (!isTagName(name)) throw invalid(tagsHeader, `expected a name of ${allowedTagName}, found ${show(name)}`);
    if (name === "user") throw invalid(tagsHeader, `the user is named by the header ${ownUser}`);
    if (value.length > valueCharsMax)
      throw invalid(tagsHeader, `${name}: at most ${valueCharsMax} characters are allowed, found ${value.length}`);
    return [name, value];
  });
  const names = tags.map(([name]) => name);
  const repeated = names.find((name, place) => names.indexOf(name) < place);
  if (repeated !== undefined) throw invalid(tagsHeader, `expected each name once, found ${repeated} twice`);
  return tags;
}

function show(text: string): string {
  return showText(text.slice(0, 80));
}

function invalid(name: string, problem: string): SahabError {
  return new SahabError("invalid_request", `${name}: ${problem}`, { param: name });
}
