import { useState } from "react";
import { useSession } from "../../api/session.ts";
import { readSetting, writeSetting } from "../../app/settings-kept.ts";

export interface AiLabel {
  isOn: boolean;
  /** This cloud has it always, for everybody. */
  isForced: boolean;
  change: (isOn: boolean) => void;
}

/** Whether answers say beside them that an AI made them: as this cloud has it, or as this browser remembers. */
export function useLabel(): AiLabel {
  const isForced = useSession().data?.chat.ai_label === true;
  const [isOn, setOn] = useState(() => readSetting("chat-label") === "on");
  const change = (next: boolean) => {
    writeSetting("chat-label", next ? "on" : undefined);
    setOn(next);
  };
  return { isOn: isForced || isOn, isForced, change };
}
