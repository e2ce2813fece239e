import { Pencil } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Textarea } from "../../ui/input.tsx";
import { BranchArrows } from "./answer/branch-arrows.tsx";
import { textCharsMax } from "./fit-message.ts";
import { ImageList } from "./image-list.tsx";
import { imagesOf, textOf, type Message } from "./message.ts";

/** What a person asked. Its text is shown as it was written. */
export const Question = memo(function Question({
  message,
  siblings,
  place,
  isEditing,
  onEdit,
  onSend,
  onChoose,
}: {
  message: Message;
  /** Ids of all questions in its place, joined by spaces. */
  siblings: string;
  place: string;
  isEditing: boolean;
  /** Opens the question with this id for editing, or closes it. */
  onEdit: (id: string | undefined) => void;
  onSend: (id: string, text: string, images: readonly string[]) => void;
  onChoose: (place: string, id: string) => void;
}) {
  const { t } = useTranslation("chat");
  const text = textOf(message);
  const images = imagesOf(message);
  if (isEditing)
    return (
      <EditQuestion
        text={text}
        images={images}
        onCancel={() => onEdit(undefined)}
        onSend={(next, left) => {
          onEdit(undefined);
          onSend(message.id, next, left);
        }}
      />
    );
  return (
    <article aria-label={t("question.label")} className="group flex min-w-0 flex-col items-end">
      {images.length > 0 && (
        <ul className="mb-1.5 flex flex-wrap justify-end gap-2">
          {images.map((url, at) => (
            <li key={at}>
              <img
                src={url}
                alt={t("question.image", { number: at + 1 })}
                className="max-h-56 max-w-full rounded-card border border-border object-contain sm:max-w-72"
              />
            </li>
          ))}
        </ul>
      )}
      {text !== "" && (
        <div
          dir="auto"
          className="max-w-[min(100%,42rem)] rounded-2xl rounded-ee-md bg-accent-soft px-4 py-2.5 text-[0.9375rem] leading-relaxed [overflow-wrap:anywhere] whitespace-pre-wrap"
        >
          {text}
        </div>
      )}
      <div className="mt-0.5 -me-1 flex items-center gap-1 transition-opacity duration-150 group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:hover)]:md:opacity-0 has-[[role=group]]:opacity-100">
        <BranchArrows ids={siblings.split(" ")} id={message.id} onChoose={(other) => onChoose(place, other)} />
        {text !== "" && <CopyButton text={text} label={t("question.copy")} />}
        <IconButton size="small" label={t("question.edit")} onClick={() => onEdit(message.id)}>
          <Pencil size={14} aria-hidden />
        </IconButton>
      </div>
    </article>
  );
});

function EditQuestion({
  text,
  images,
  onCancel,
  onSend,
}: {
  text: string;
  images: readonly string[];
  onCancel: () => void;
  onSend: (text: string, images: readonly string[]) => void;
}) {
  const { t } = useTranslation("chat");
  const [next, setNext] = useState(text);
  const [left, setLeft] = useState(images);
  const canSend = next.length <= textCharsMax && (next.trim() !== "" || left.length > 0);
  return (
    <div className="grid gap-2">
      <ImageList images={left} onRemove={(at) => setLeft(left.filter((_, other) => other !== at))} />
      <Textarea
        // Whoever asked to edit goes on typing here.
        autoFocus
        aria-label={t("question.edit")}
        value={next}
        rows={Math.min(12, Math.max(3, next.split("\n").length))}
        onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
        onChange={(event) => setNext(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") onCancel();
          else if (event.key === "Enter" && !event.shiftKey && canSend) onSend(next, left);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        className="text-[0.9375rem]"
      />
      <div className="flex justify-end gap-2">
        <Button size="small" onClick={onCancel}>
          {t("question.cancel")}
        </Button>
        <Button size="small" tone="primary" disabled={!canSend} onClick={() => onSend(next, left)}>
          {t("question.send")}
        </Button>
      </div>
    </div>
  );
}
