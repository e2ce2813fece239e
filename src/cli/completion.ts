import { Argument, type Command } from "commander";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { readTree } from "./completion/read-tree.ts";
import { zshScript } from "./completion/zsh.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The scripts hold all words, since a program that is started at each Tab makes the shell wait. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    // The lines are for a shell's settings, and complete a command of just this name.
    .configureOutput({ writeOut: (text) => process.stdout.write(text) })
    .description("print a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      `
bash:  echo 'source <(sahab completion bash)' >> ~/.bashrc
zsh:   echo 'source <(sahab completion zsh)' >> ~/.zshrc          (after compinit)
fish:  sahab completion fish > ~/.config/fish/completions/sahab.fish
In a checkout, where there is no command sahab, first:  alias sahab="node $PWD/bin/sahab.mjs"`,
    )
    .action((shell: keyof typeof scripts) => void process.stdout.write(scripts[shell](readTree(program))));
}
