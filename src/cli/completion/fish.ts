import { quote, readSteps, type Node } from "./read-tree.ts";

export function fishScript(tree: readonly Node[]): string {
  const { into, values } = readSteps(tree);
  const text = (it: string) => quote(it.replaceAll("\\", "\\\\"), "\\'");
  const lines = tree.flatMap(({ at, commands, options }) => {
    const here = `complete -c sahab -n ${text(`__sahab_at ${text(at)}`)}`;
    return [
      ...commands.map(({ name, description }) => `${here} -f -a ${text(name)} -d ${text(description)}`),
      ...options.map(({ long, short, description, takesValue, choices }) =>
        [
          here,
          `-l ${long.replace(/^--/, "")}`,
          ...(short ? [`-s ${short.replace(/^-/, "")}`] : []),
          ...(takesValue ? ["-r"] : []),
          ...(choices.length > 0 ? [`-f -a ${text(choices.join(" "))}`] : []),
          `-d ${text(description)}`,
        ].join(" "),
      ),
    ];
  });
  return `# Completion of sahab for fish. Load it: sahab completion fish | source
function __sahab_at
  set -l at ''
  set -l before ''
  for word in (commandline -opc)[2..-1]
    if test -n "$before"
      set before ''
      continue
    end
    switch "$at $word"
      case ${values.map(text).join(" ")}
        set before $word
      case ${into.map(text).join(" ")}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}
