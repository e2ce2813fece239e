import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../message.ts";

/** Tells readers of the screen, politely, that the last answer that was being written has come whole. A failure tells of itself. */
export function AnswerEnd({ messages }: { messages: readonly Message[] }) {
  const { t } = useTranslation("chat");
  const streaming = messages.find(({ status }) => status === "streaming")?.id;
  const [last, setLast] = useState<string>();
  if (streaming !== undefined && streaming !== last) setLast(streaming);
  const ended = streaming === undefined ? messages.find(({ id }) => id === last) : undefined;
  return (
    <p role="status" className="sr-only" data-answer-end="">
      {ended?.status === "complete" && t("answer.complete", { model: ended.model ?? "" })}
    </p>
  );
}
