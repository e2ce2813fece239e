import { ArrowDown } from "lucide-react";
import { useCallback, useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/cx.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import type { ChatCall } from "./chat-request.ts";
import type { ChatSession, ChatState } from "./chat-session.ts";
import { CodeDialog } from "./code-dialog.tsx";
import { Composer } from "./composer.tsx";
import { EmptyChat } from "./empty-chat.tsx";
import { historyOf, turnsOf } from "./message-tree.ts";
import { isBlind, useModels } from "./model-choice.tsx";
import { imageFilesOf } from "./scale-image.ts";
import { Thread } from "./thread.tsx";
import { AnswerEnd } from "./answer/answer-end.tsx";
import { useAtBottom } from "./use-at-bottom.ts";

const noFiles: readonly File[] = [];

/** One conversation and the field for the next question. */
export function ChatView({
  session,
  state,
  isLabelled,
}: {
  session: ChatSession;
  state: ChatState;
  isLabelled: boolean;
}) {
  const { t } = useTranslation("chat");
  const [editing, setEditing] = useState<string>();
  const [call, setCall] = useState<ChatCall>();
  const [dropped, setDropped] = useState(noFiles);
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const { tree, settings, isLoading, loadError, keepError } = state;
  const isStreaming = tree.messages.some(({ status }) => status === "streaming");
  const isEmpty = tree.messages.length === 0;
  const { frame, content, isAway, toEnd } = useAtBottom({ isOn: !isEmpty });
  const width = settings.models.length > 1 ? "max-w-6xl" : "max-w-3xl";
  const known = useModels().data ?? [];
  const blind = settings.models.filter((model) => isBlind(known.find(({ name }) => name === model)));
  const obstacle = settings.models.length === 0 ? t("models.none") : undefined;
  const send = (text: string, images: readonly string[] = []) => {
    session.send(text, images);
    toEnd();
  };
  /** The card that was clicked is gone: what is typed next is the next question. */
  const begin = (text: string) => {
    send(text);
    field.current?.focus();
  };
  const editLast = () => setEditing(turnsOf(tree, settings.models).at(-1)?.question.message.id);
  const showCode = useCallback((answer: string) => setCall(callOf(session.getState(), answer)), [session]);
  const drop = (event: DragEvent) => {
    setOver(false);
    const files = imageFilesOf(event.dataTransfer.files);
    if (files.length === 0) return;
    event.preventDefault();
    setDropped(files);
  };
  return (
    // Files are picked by a button, too.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="relative flex min-h-0 flex-1 flex-col"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={drop}
      onKeyDown={(event) => {
        if (event.key === "Escape" && isStreaming) session.stop();
      }}
    >
      <div ref={frame} className="relative min-h-0 flex-1 overflow-y-auto px-4 sm:px-6">
        <div ref={content} className={cx("mx-auto flex min-h-full w-full flex-col py-6", width)}>
          {isLoading && <Skeleton lines={5} className="h-14" />}
          {loadError !== undefined && <ErrorNote error={loadError} title={t("loadFailed")} />}
          {isEmpty && !isLoading && loadError === undefined && (
            <EmptyChat models={settings.models} canSend={obstacle === undefined} onSend={begin} />
          )}
          {!isEmpty && (
            <Thread
              session={session}
              state={state}
              isLabelled={isLabelled}
              editing={editing}
              onEdit={setEditing}
              onCode={showCode}
            />
          )}
        </div>
      </div>
      <AnswerEnd key={session.key} messages={tree.messages} />
      <div className="shrink-0 px-3 pb-2 sm:px-6">
        <div className={cx("relative mx-auto w-full", width)}>
          {isAway && (
            <div className="absolute inset-x-0 -top-12 flex justify-center">
              <IconButton
                label={t("toEnd")}
                onClick={toEnd}
                className="rounded-full border border-border bg-raised shadow-pop hover:bg-raised"
              >
                <ArrowDown size={17} aria-hidden />
              </IconButton>
            </div>
          )}
          {keepError !== undefined && (
            <div className="mb-2">
              <ErrorNote error={keepError} title={t("keepFailed")} onRetry={() => session.keepAgain()} />
            </div>
          )}
          <Composer
            isStreaming={isStreaming}
            obstacle={obstacle}
            blind={blind}
            dropped={dropped}
            onSend={send}
            onStop={() => session.stop()}
            onEditLast={editLast}
            field={field}
          />
          <p className="px-2 pt-1.5 text-center text-xs text-muted">{t("reminder")}</p>
        </div>
      </div>
      {isOver && (
        <div className="pointer-events-none absolute inset-3 z-10 flex items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-accent-soft/90 text-sm font-medium text-accent-text">
          {t("composer.drop")}
        </div>
      )}
      <CodeDialog call={call} onClose={() => setCall(undefined)} />
    </div>
  );
}

/** The call that made an answer, with what is chosen now. */
function callOf({ tree, settings }: ChatState, answer: string): ChatCall | undefined {
  const { models, system, parameters } = settings;
  const turns = turnsOf(tree, models);
  const at = turns.findIndex(({ answers }) => answers.some((one) => one?.message.id === answer));
  const turn = turns[at];
  if (!turn) return undefined;
  const column = turn.answers.findIndex((one) => one?.message.id === answer);
  const model = turn.answers[column]?.message.model ?? models[column] ?? "";
  return { model, system, parameters, history: [...historyOf(turns.slice(0, at), column), turn.question.message] };
}
