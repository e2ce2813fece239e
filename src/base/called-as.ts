/** How a person calls this program: a checkout has no command `sahab`. The launcher names a form of its own in SAHAB_CALLED_AS. */
export function callName(variables: Readonly<Record<string, string | undefined>> = process.env): string {
  if (["sahab", "start"].includes(variables["npm_lifecycle_event"] ?? "")) return "npm run sahab --";
  // A package that npx runs is on no PATH afterwards.
  if (variables["npm_lifecycle_event"] === "npx") return "npx sahab";
  return variables["SAHAB_CALLED_AS"] ?? "sahab";
}

/** A text whose commands can be pasted: those behind a colon, a semicolon, a backquote, "or" or "then" are named as this program was called. */
export function asCalled(text: string, name = callName()): string {
  const renamed = text.replaceAll(/(?<=^ *|[:;] +|`|\(|\b(?:or|then) )sahab (?=[a-z])/gm, `${name} `);
  // A checkout has a shorter way to start.
  return renamed.replaceAll(/\bnpm run sahab -- up\b/g, "npm start");
}
