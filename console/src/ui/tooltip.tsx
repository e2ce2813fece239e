import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** A few words about its child, on hover and focus. Its child must take a ref, and be reachable by Tab or say the words itself. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root delayDuration={400}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 animate-appear rounded-control bg-text px-2.5 py-1.5 text-xs text-bg shadow-pop"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
