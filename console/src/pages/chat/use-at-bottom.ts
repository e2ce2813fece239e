import { useCallback, useEffect, useRef, useState } from "react";

/** So near to the end counts as at the end. */
const nearPx = 60;

/** Keeps a scrolled element at its end while it grows, until its reader scrolls up. Does nothing where it is not on. */
export function useAtBottom({ isOn }: { isOn: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const isFollowing = useRef(isOn);
  useEffect(() => {
    isFollowing.current = isOn;
  }, [isOn]);
  const [isAway, setAway] = useState(false);
  const toEnd = useCallback(() => {
    const element = frame.current;
    if (!element) return;
    isAtEnd.current = true;
    element.scrollTop = element.scrollHeight;
    setAway(false);
  }, []);
  useEffect(() => {
    const [outer, inner] = [frame.current, content.current];
    if (!outer || !inner) return undefined;
    const note = () => {
      isAtEnd.current = outer.scrollHeight - outer.scrollTop - outer.clientHeight < nearPx;
      setAway(isFollowing.current && !isAtEnd.current);
    };
    const follow = new ResizeObserver(() => {
      if (!isFollowing.current) return;
      if (isAtEnd.current) outer.scrollTop = outer.scrollHeight;
      else note();
    });
    follow.observe(inner);
    follow.observe(outer);
    outer.addEventListener("scroll", note, { passive: true });
    return () => {
      follow.disconnect();
      outer.removeEventListener("scroll", note);
    };
  }, []);
  return { frame, content, isAway, toEnd };
}
