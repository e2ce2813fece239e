import { useCallback, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";

/** Rows beyond those in view that are in the document, above and below; with them a tall screen stays under 200. */
const overscan = 8;

/**
 * Which rows of a scrolled frame are to be in the document: from `first` up to `end`, without it. As all rows have one height, nothing is
 * kept of each, so a list of any length costs the same. Only another first row renders the caller anew, and at once, so that no row is blank.
 */
export function useRowsInView(
  frame: RefObject<HTMLElement | null>,
  { count, rowHeightPx }: { count: number; rowHeightPx: number },
): { first: number; end: number } {
  // Kept, as reading it after rows have changed makes the browser lay them out at once.
  const topPx = useRef(0);
  const subscribe = useCallback(
    (onChange: () => void) => {
      const element = frame.current;
      const note = () => {
        topPx.current = element?.scrollTop ?? 0;
        onChange();
      };
      element?.addEventListener("scroll", note, { passive: true });
      return () => element?.removeEventListener("scroll", note);
    },
    [frame],
  );
  const top = useSyncExternalStore(subscribe, () => Math.floor(topPx.current / rowHeightPx));
  const [heightPx, setHeightPx] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeightPx(element.clientHeight));
    observer.observe(element);
    setHeightPx(element.clientHeight);
    return () => observer.disconnect();
  }, [frame]);
  const end = Math.min(count, top + Math.ceil(heightPx / rowHeightPx) + 1 + overscan);
  return { first: Math.max(0, Math.min(top, count) - overscan), end };
}
