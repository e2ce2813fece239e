import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export function Tabs<Value extends string>({
  value,
  onChange,
  label,
  tabs,
}: {
  value: Value;
  onChange: (value: Value) => void;
  /** Names the row of tabs for screen readers. */
  label: string;
  tabs: readonly { value: Value; text: ReactNode; content: ReactNode }[];
}) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as Value)}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto overflow-y-hidden border-b border-border">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="border-b-2 border-transparent px-3 py-2 text-sm font-medium whitespace-nowrap text-muted transition-colors duration-150 -outline-offset-2 hover:text-text data-[state=active]:border-accent data-[state=active]:text-text"
          >
            {tab.text}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
