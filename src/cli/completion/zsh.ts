import { choiceCases, quote, stepLines, type Node } from "./read-tree.ts";

export function zshScript(tree: readonly Node[]): string {
  const item = (name: string, description: string) =>
    quote(`${name.replaceAll(":", "\\:")}:${description.replaceAll("\\", "\\\\").replaceAll(":", "\\:")}`);
  const choices = choiceCases(tree, (allowed) => `compadd -- ${allowed.map((it) => quote(it)).join(" ")}`);
  const nodes = tree.map(
    ({ at, commands, options }) => `    ${quote(at)})
      commands=(${commands.map(({ name, description }) => item(name, description)).join(" ")})
      options=(${options.map(({ long, description }) => item(long, description)).join(" ")})
      ;;`,
  );
  return `#compdef sahab
# Completion of sahab for zsh. Load it: source <(sahab completion zsh), after compinit
_sahab() {
  local at="" word before="" i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
${stepLines(tree)}
  done
  if [[ -n $before ]]; then
    case "$before" in
${[...choices, "      *) _files ;;"].join("\n")}
    esac
    return
  fi
  case "$at" in
${nodes.join("\n")}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then _describe option options
  elif (( \${#commands} )); then _describe command commands
  else _files
  fi
}
compdef _sahab sahab
`;
}
