import type { Command, Option } from "commander";

/** A command, or a group of them, as completion knows it. */
export interface Node {
  /** The words that lead here, each with a space before it: ` key create`; empty for the program itself. */
  at: string;
  commands: { name: string; description: string }[];
  options: CompletedOption[];
}

export interface CompletedOption {
  long: string;
  short: string | undefined;
  description: string;
  takesValue: boolean;
  /** The values that are allowed, where they are listed. */
  choices: readonly string[];
}

/** All commands of a program, each group before what is in it. */
export function readTree(program: Command): Node[] {
  return visit(program, "");
}

function visit(command: Command, at: string): Node[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const node = {
    at,
    commands: commands.map((it) => ({ name: it.name(), description: help.subcommandDescription(it) })),
    options: help.visibleOptions(command).flatMap(describe),
  };
  return [node, ...command.commands.flatMap((child) => visit(child, `${at} ${child.name()}`))];
}

function describe({ long, short, description, required, optional, argChoices }: Option): CompletedOption[] {
  if (!long) return [];
  return [{ long, short, description, takesValue: required || optional, choices: argChoices ?? [] }];
}

/** The words that lead from one node to the next, and those after which a value comes, as patterns of a shell's case. */
export function readSteps(tree: readonly Node[]): { into: string[]; values: string[] } {
  return {
    into: tree.flatMap(({ at }) => (at === "" ? [] : [at])),
    values: tree.flatMap(({ at, options }) =>
      options.flatMap(({ long, short, takesValue }) =>
        takesValue ? [long, ...(short ? [short] : [])].map((name) => `${at} ${name}`) : [],
      ),
    ),
  };
}

/** For bash and zsh: the cases of options whose values are listed; `words` is what is done with the quoted values. */
export function choiceCases(tree: readonly Node[], words: (choices: readonly string[]) => string): string[] {
  return tree.flatMap(({ at, options }) =>
    options.flatMap(({ long, short, choices }) => {
      if (choices.length === 0) return [];
      const names = [long, ...(short ? [short] : [])].map((name) => quote(`${at} ${name}`));
      return [`      ${names.join("|")}) ${words(choices)} ;;`];
    }),
  );
}

/** For bash and zsh: what a word of the line means, in a loop over all: it leads on, has a value behind it, or is one. */
export function stepLines(tree: readonly Node[]): string {
  const { into, values } = readSteps(tree);
  const anyOf = (words: readonly string[]) => words.map((it) => quote(it)).join("|");
  return `    if [[ -n $before ]]; then before=""; continue; fi
    case "$at $word" in
      ${anyOf(values)}) before="$at $word" ;;
      ${anyOf(into)}) at="$at $word" ;;
    esac`;
}

/** A text in single quotes; `escape` is what the shell writes for one within. */
export function quote(text: string, escape = `'\\''`): string {
  return `'${text.replaceAll("'", escape)}'`;
}
