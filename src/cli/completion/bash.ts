import { choiceCases, quote, stepLines, type Node } from "./read-tree.ts";

/** For bash 3.2 and later, which macOS has. */
export function bashScript(tree: readonly Node[]): string {
  const choices = choiceCases(tree, (allowed) => `words=${quote(allowed.join(" "))}`);
  const words = tree.map(({ at, commands, options }) => {
    const names = commands.map(({ name }) => name).join(" ");
    const longs = options.map(({ long }) => long).join(" ");
    return `      ${quote(at)}) commands=${quote(names)} options=${quote(longs)} ;;`;
  });
  return `# Completion of sahab for bash. Load it: source <(sahab completion bash)
_sahab() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at="" word before="" words="" commands="" options="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
${stepLines(tree)}
  done
  if [[ -n $before ]]; then
    case "$before" in
${choices.join("\n") || "      *) ;;"}
    esac
  else
    case "$at" in
${words.join("\n")}
    esac
    words="$commands"
    if [[ $current == -* ]]; then words="$options"; fi
  fi
  # What is left empty becomes names of files.
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _sahab sahab
`;
}
