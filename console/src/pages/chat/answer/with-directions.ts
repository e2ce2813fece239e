import type { Options } from "react-markdown";

type Plugin = Extract<NonNullable<Options["rehypePlugins"]>[number], (...given: never[]) => unknown>;
interface Node {
  type: string;
  children?: Node[];
  properties?: Record<string, unknown>;
}

/** Gives each block of a text the direction of its own first words; what is in it, such as the items of a list, goes along. */
export const withDirections: Plugin = () => (tree: Node) => {
  for (const node of tree.children ?? [])
    if (node.type === "element") node.properties = { ...node.properties, dir: "auto" };
};
