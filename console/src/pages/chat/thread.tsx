import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Answer, type AnswerActions } from "./answer/answer.tsx";
import type { ChatSession, ChatState } from "./chat-session.ts";
import { turnsOf, type Shown } from "./message-tree.ts";
import { Question } from "./question.tsx";

/** So many turns are in the document at first, and as many more when they are asked for: each takes some 10 ms to draw. */
const turnsAtOnce = 20;

/** The questions and answers that are shown. `editing` is the id of the question that is being edited. */
export function Thread({
  session,
  state,
  isLabelled,
  editing,
  onEdit,
  onCode,
}: {
  session: ChatSession;
  state: ChatState;
  isLabelled: boolean;
  editing: string | undefined;
  onEdit: (id: string | undefined) => void;
  onCode: (answer: string) => void;
}) {
  const { t } = useTranslation("chat");
  const [turnsMax, setTurnsMax] = useState(turnsAtOnce);
  const { tree, settings } = state;
  const { models } = settings;
  const turns = useMemo(() => turnsOf(tree, models), [tree, models]);
  const messageOf = useCallback(
    (id: string) => session.getState().tree.messages.find((message) => message.id === id),
    [session],
  );
  const choose = useCallback((place: string, id: string) => session.choose(place, id), [session]);
  const send = useCallback(
    (id: string, text: string, images: readonly string[]) => {
      const question = messageOf(id);
      if (question) session.edit(question, text, images);
    },
    [session, messageOf],
  );
  const actions = useMemo<AnswerActions>(
    () => ({
      onChoose: choose,
      onAgain: (id, model) => {
        const question = messageOf(id);
        if (question) session.answerAgain(question, model);
      },
      onCode,
    }),
    [session, choose, messageOf, onCode],
  );
  const answerOf = ({ message, siblings, place }: Shown) => (
    <Answer
      key={message.id}
      message={message}
      siblings={siblings.map(({ id }) => id).join(" ")}
      place={place}
      isLabelled={isLabelled}
      actions={actions}
    />
  );
  const earlier = Math.max(0, turns.length - turnsMax);
  return (
    <ol className="grid grid-cols-[minmax(0,1fr)] gap-7">
      {earlier > 0 && (
        <li className="flex justify-center">
          <Button size="small" tone="quiet" onClick={() => setTurnsMax(turnsMax + turnsAtOnce)}>
            {t("earlier", { count: earlier })}
          </Button>
        </li>
      )}
      {turns.slice(earlier).map(({ question, answers }) => (
        <li
          key={question.message.id}
          className="-mx-2 -my-1 grid min-w-0 grid-cols-[minmax(0,1fr)] gap-5 px-2 py-1 [contain-intrinsic-size:auto_20rem] [content-visibility:auto]"
        >
          <Question
            message={question.message}
            siblings={question.siblings.map(({ id }) => id).join(" ")}
            place={question.place}
            isEditing={editing === question.message.id}
            onEdit={onEdit}
            onSend={send}
            onChoose={choose}
          />
          {answers.length === 0 || (answers.length === 1 && !answers[0]) ? (
            <NoAnswer onAsk={() => session.answerAgain(question.message, null)} />
          ) : answers.length > 1 ? (
            <div className="grid gap-5 lg:grid-cols-2">
              {answers.map((answer, column) => (
                <div key={models[column]} className="min-w-0 rounded-card border border-border bg-surface px-4 py-3.5">
                  {answer ? (
                    answerOf(answer)
                  ) : (
                    <NoAnswer
                      model={models[column]}
                      onAsk={() => session.answerAgain(question.message, models[column] ?? null)}
                    />
                  )}
                </div>
              ))}
            </div>
          ) : (
            answers[0] && answerOf(answers[0])
          )}
        </li>
      ))}
    </ol>
  );
}

/** In the place of an answer that was never written, or not kept, or not yet asked for of a second model. */
function NoAnswer({ model, onAsk }: { model?: string | undefined; onAsk: () => void }) {
  const { t } = useTranslation("chat");
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-2 text-[0.8125rem] text-muted">
      {model !== undefined && <span className="ltr truncate text-xs font-medium">{model}</span>}
      <span>{t("answer.none")}</span>
      <Button size="small" onClick={onAsk}>
        {t("answer.ask")}
      </Button>
    </p>
  );
}
