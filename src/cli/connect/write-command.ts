/** `sahab connect codex --write --model chat`: what writes the same as was printed. */
export function writeCommand(
  name: string,
  { model, key, project, expires }: { model?: string; key?: string; project: string; expires?: string },
): string {
  const options = {
    ...(model !== undefined && { model }),
    // A key among the arguments can be seen by other users.
    ...(key !== undefined && { key: "-" }),
    ...(key === undefined && project !== "default" && { project }),
    ...(expires !== undefined && { expires }),
  };
  return [
    `sahab connect ${name} --write`,
    ...Object.entries(options).map(([option, value]) => `--${option} ${quote(value)}`),
  ].join(" ");
}

function quote(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
