import { Slot } from "radix-ui";
import { forwardRef, useEffect, type ComponentPropsWithoutRef, type ElementType } from "react";

interface RemoveScrollProps extends ComponentPropsWithoutRef<"div"> {
  as?: ElementType;
  enabled?: boolean;
  allowPinchZoom?: boolean;
  shards?: unknown;
}

/** How many are open now. */
let open = 0;

/** Stands for the library of this name under open dialogs: the page does not scroll behind them. Only by CSSOM, which the policy allows. */
const Remover = forwardRef<HTMLElement, RemoveScrollProps>(
  ({ as: As = Slot.Root, enabled = true, allowPinchZoom: _zoom, shards: _shards, ...props }, ref) => {
    useEffect(() => {
      if (!enabled) return undefined;
      const { style } = document.documentElement;
      open += 1;
      // The width of the scroll bar stays, so that nothing moves.
      style.scrollbarGutter = document.documentElement.scrollHeight > innerHeight ? "stable" : "";
      style.overflow = "hidden";
      return () => {
        open -= 1;
        if (open > 0) return;
        style.overflow = "";
        style.scrollbarGutter = "";
      };
    }, [enabled]);
    return <As ref={ref} {...props} />;
  },
);
Remover.displayName = "RemoveScroll";

export const RemoveScroll = Object.assign(Remover, {
  classNames: { fullWidth: "", zeroRight: "" },
});
