/**
 * Programs with their arguments. Arguments are separated by spaces, commands by `;` or a new line; within quotes, single or
 * double, all of these are plain text. There are no other rules: no variables, no escapes, no shell. Undefined where a quote
 * has no end.
 */
export function splitCommands(text: string): string[][] | undefined {
  const commands: string[][] = [];
  let command: string[] = [];
  let argument: string | undefined;
  let quote: string | undefined;
  for (const letter of `${text}\n`) {
    if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else argument += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      argument ??= "";
    } else if (letter === ";" || /\s/.test(letter)) {
      if (argument !== undefined) command.push(argument);
      argument = undefined;
      if (letter !== ";" && letter !== "\n") continue;
      if (command.length > 0) commands.push(command);
      command = [];
    } else argument = (argument ?? "") + letter;
  }
  return quote === undefined ? commands : undefined;
}
