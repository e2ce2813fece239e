/** The account of a session: that of an agent's conversation, or what a client calls so, under its key. */
export function sessionAccount(keyId: string, session: string): string {
  return `session:${keyId}/${session}`;
}

/** Whether a record's tags, as JSON, may name a session: a search, since most name none. */
export function mayHaveSession(tags: string): boolean {
  return tags.includes('"session":');
}

export function sessionOfTags(tags: string): string | undefined {
  const session = (JSON.parse(tags) as Record<string, unknown>)["session"];
  return typeof session === "string" ? session : undefined;
}

/** The parts of what follows `session:`. */
export function sessionParts(name: string): { keyId: string; session: string } {
  const at = name.indexOf("/");
  return { keyId: name.slice(0, at), session: name.slice(at + 1) };
}
