import { useEffect, useState } from "react";
import type { Options } from "react-markdown";
import { hasMath } from "./normalize-math.ts";

type Plugins = NonNullable<Options["rehypePlugins"]>;

interface Rich {
  remark: Plugins;
  rehype: Plugins;
}

const kinds = {
  code: async (): Promise<Rich> => (await import("./highlight-plugin.ts")).highlightPlugins,
  math: async (): Promise<Rich> => (await import("./math-plugin.ts")).mathPlugins,
};
type Kind = keyof typeof kinds;

/** What is loaded; stays for all answers. */
const loaded: { [kind in Kind]?: Rich } = {};
const none: Rich = { remark: [], rehype: [] };

/** What draws code and math in colours and signs: loaded when the first text has some, and shown plain until then. */
export function useRichPlugins(text: string): Rich {
  const [, noteLoaded] = useState(0);
  const wanted = `${text.includes("```") || text.includes("~~~") ? "code " : ""}${hasMath(text) ? "math" : ""}`;
  useEffect(() => {
    let isShown = true;
    for (const kind of ["code", "math"] as const) {
      if (!wanted.includes(kind) || loaded[kind]) continue;
      void load(kind).then((isNew) => isNew && isShown && noteLoaded((count) => count + 1));
    }
    return () => {
      isShown = false;
    };
  }, [wanted]);
  const code = (wanted.includes("code") && loaded.code) || none;
  const math = (wanted.includes("math") && loaded.math) || none;
  return { remark: [...code.remark, ...math.remark], rehype: [...math.rehype, ...code.rehype] };
}

/** Whether it is there now; without the network the text stays plain. */
async function load(kind: Kind): Promise<boolean> {
  try {
    loaded[kind] = await kinds[kind]();
    return true;
  } catch {
    return false;
  }
}
