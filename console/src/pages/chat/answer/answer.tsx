import { Code2, RotateCw } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../../ui/badge.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { textOf, type Message } from "../message.ts";
import { AnswerError } from "./answer-error.tsx";
import { AnswerFacts } from "./answer-facts.tsx";
import { BranchArrows } from "./branch-arrows.tsx";
import { Markdown } from "./markdown.tsx";
import { Reasoning } from "./reasoning.tsx";

export interface AnswerActions {
  onChoose: (place: string, id: string) => void;
  onAgain: (question: string, model: string | null) => void;
  onCode: (answer: string) => void;
}

/** One answer with what it took and what can be done with it. `siblings` are the ids of all answers in its place, joined by spaces. */
export const Answer = memo(function Answer({
  message,
  siblings,
  place,
  isLabelled,
  actions,
}: {
  message: Message;
  siblings: string;
  place: string;
  /** Whether it says that it was made by an AI. */
  isLabelled: boolean;
  actions: AnswerActions;
}) {
  const { t } = useTranslation("chat");
  const { id, status, reasoning, error, model } = message;
  const ending = endingOf(message);
  const text = textOf(message);
  const isStreaming = status === "streaming";
  const [isNew] = useState(isStreaming);
  const again = () => actions.onAgain(message.parent ?? "", model);
  return (
    <article aria-label={t("answer.label", { model: model ?? "" })} aria-busy={isStreaming} className="min-w-0">
      <header className="mb-1.5 flex min-w-0 items-center gap-2 text-xs">
        <span className="ltr truncate font-medium text-muted">{model}</span>
        {isLabelled && <Badge tone="info">{t("label.text")}</Badge>}
      </header>
      {reasoning !== "" && <Reasoning text={reasoning} isGrowing={isStreaming && text === ""} />}
      {text !== "" && <Markdown text={text} />}
      {isStreaming && text === "" && reasoning === "" && <Waiting />}
      {ending && <p className="mt-2 text-xs text-muted">{t(`ending.${ending}`)}</p>}
      {status === "stopped" && <p className="mt-2 text-xs text-muted">{t("answer.stopped")}</p>}
      {status === "failed" && (
        <div className={text === "" ? "" : "mt-3"}>
          <AnswerError error={error ?? { code: "other", message: "" }} isNew={isNew} onRetry={again} />
        </div>
      )}
      {!isStreaming && (
        <footer className="-ms-1.5 mt-1.5 flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1">
          <BranchArrows ids={siblings.split(" ")} id={id} onChoose={(other) => actions.onChoose(place, other)} />
          <span className="flex items-center">
            {text !== "" && <CopyButton text={text} label={t("answer.copy")} />}
            {status !== "failed" && (
              <IconButton size="small" label={t("answer.again")} onClick={again}>
                <RotateCw size={15} aria-hidden />
              </IconButton>
            )}
            <IconButton size="small" label={t("answer.code")} onClick={() => actions.onCode(id)}>
              <Code2 size={16} aria-hidden />
            </IconButton>
          </span>
          <AnswerFacts message={message} />
        </footer>
      )}
    </article>
  );
});

/** What a reader must know of the end of an answer that came whole, as its text does not say it. */
function endingOf({ status, finish, content }: Message): "length" | "content_filter" | "nothing" | undefined {
  if (status !== "complete") return undefined;
  if (finish === "length" || finish === "content_filter") return finish;
  return content.length === 0 ? "nothing" : undefined;
}

function Waiting() {
  const { t } = useTranslation("chat");
  return (
    <p role="status" className="flex h-6 items-center gap-1.5">
      <span className="sr-only">{t("answer.waiting")}</span>
      <span aria-hidden className="size-2 animate-wait rounded-full bg-muted" />
      <span aria-hidden className="size-2 animate-wait rounded-full bg-muted [animation-delay:200ms]" />
      <span aria-hidden className="size-2 animate-wait rounded-full bg-muted [animation-delay:400ms]" />
    </p>
  );
}
