import { useState } from "react";
import { readSetting, writeSetting } from "../../app/settings-kept.ts";

/** Whether answers say beside them that an AI made them; remembered by the browser. */
export function useLabel(): [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => readSetting("chat-label") === "on");
  const change = (next: boolean) => {
    writeSetting("chat-label", next ? "on" : undefined);
    setOn(next);
  };
  return [isOn, change];
}
