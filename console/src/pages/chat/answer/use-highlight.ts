import { useEffect, useState } from "react";
import type { Options } from "react-markdown";

type Plugins = NonNullable<Options["rehypePlugins"]>;

/** Stays for all answers once it is loaded. */
let loaded: Plugins | undefined;
const none: Plugins = [];

/** What colours code: loaded when the first text has some, which is plain until then, and without the network. */
export function useHighlight(text: string): Plugins {
  const [, noteLoaded] = useState(false);
  const isWanted = text.includes("```") || text.includes("~~~");
  useEffect(() => {
    if (!isWanted || loaded) return undefined;
    let isShown = true;
    const load = async () => {
      try {
        loaded = (await import("./highlight-plugin.ts")).highlightPlugins;
        if (isShown) noteLoaded(true);
      } catch {
        // Plain it is.
      }
    };
    void load();
    return () => {
      isShown = false;
    };
  }, [isWanted]);
  return (isWanted && loaded) || none;
}
