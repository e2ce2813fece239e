import { ArrowUp, ImagePlus, Square } from "lucide-react";
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { toast } from "../../ui/toast.tsx";
import { textCharsMax } from "./fit-message.ts";
import { ImageList } from "./image-list.tsx";
import { imageFilesOf, imagesMax, scaleImage } from "./scale-image.ts";

/** Tallest that the field grows before it scrolls. */
const heightMaxPx = 260;

export interface ComposerProps {
  isStreaming: boolean;
  /** Why nothing can be sent; undefined where it can. */
  obstacle: string | undefined;
  /** Models that are known to read no images. */
  blind: readonly string[];
  /** Files that were dropped on the page; each list is taken once. */
  dropped: readonly File[];
  onSend: (text: string, images: readonly string[]) => void;
  onStop: () => void;
  /** Edits the last question; asked for by the arrow up in the empty field. */
  onEditLast: () => void;
  /** Of the field where a question is written. */
  field: RefObject<HTMLTextAreaElement | null>;
}

/** Where a question is written. Enter sends, Shift+Enter begins a line, Esc stops the answer, the arrow up edits the last question. */
export function Composer({ isStreaming, obstacle, blind, dropped, onSend, onStop, onEditLast, field }: ComposerProps) {
  const { t } = useTranslation("chat");
  const format = useFormat();
  const [text, setText] = useState("");
  const [images, setImages] = useState<readonly string[]>([]);
  const picker = useRef<HTMLInputElement>(null);
  const isTooLong = text.length > textCharsMax;
  const canSend = obstacle === undefined && !isStreaming && !isTooLong && (text.trim() !== "" || images.length > 0);

  useEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(heightMaxPx, area.scrollHeight)}px`;
  }, [text, field]);

  const add = async (files: readonly File[]) => {
    for (const file of files) {
      const url = await scaleImage(file);
      if (url === undefined) toast(t("composer.notAnImage", { name: file.name }), "bad");
      else setImages((before) => (before.length < imagesMax ? [...before, url] : before));
    }
  };
  useEffect(() => {
    if (dropped.length > 0) void add(dropped);
    // Each list is another one.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [dropped]);

  const stop = () => {
    onStop();
    field.current?.focus();
  };
  const send = () => {
    if (!canSend) return;
    onSend(text.trim(), images);
    setText("");
    setImages([]);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) send();
    else if (event.key === "Escape" && isStreaming) onStop();
    else if (event.key === "ArrowUp" && text === "") onEditLast();
    else return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = imageFilesOf(event.clipboardData.files);
    if (files.length === 0) return;
    event.preventDefault();
    void add(files);
  };
  return (
    <div className="rounded-2xl border border-border-strong bg-surface shadow-card transition-colors duration-150 focus-within:border-accent">
      <ImageList
        images={images}
        onRemove={(at) => setImages((before) => before.filter((_, other) => other !== at))}
        className="px-3 pt-3"
      />
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        // The page is for writing here.
        autoFocus
        value={text}
        aria-label={t("composer.label")}
        aria-invalid={isTooLong}
        placeholder={obstacle ?? t("composer.placeholder")}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        className="block max-h-65 min-h-11 w-full resize-none bg-transparent px-4 pt-3 pb-1 text-[0.9375rem] leading-relaxed outline-none"
      />
      <div className="flex items-center gap-1 px-2 pb-2">
        <input
          ref={picker}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => {
            void add(imageFilesOf(event.target.files ?? []));
            event.target.value = "";
          }}
        />
        <IconButton
          size="small"
          label={t("composer.addImage")}
          disabled={images.length >= imagesMax}
          onClick={() => picker.current?.click()}
        >
          <ImagePlus size={17} aria-hidden />
        </IconButton>
        {images.length > 0 && blind.length > 0 ? (
          <span role="alert" className="flex-1 px-1 text-xs text-warn">
            {t("composer.noImages", { models: blind.join(", ") })}
          </span>
        ) : isTooLong ? (
          <span role="alert" className="flex-1 px-1 text-xs text-bad">
            {t("composer.tooLong", { max: format.number(textCharsMax) })}
          </span>
        ) : (
          <>
            <span className="flex-1 truncate px-1 text-xs text-muted max-sm:hidden">{t("composer.keys")}</span>
            <span className="flex-1 sm:hidden" />
          </>
        )}
        {isStreaming ? (
          <IconButton label={t("composer.stop")} onClick={stop} className="rounded-full bg-text text-bg! hover:bg-text">
            <Square size={13} aria-hidden fill="currentColor" />
          </IconButton>
        ) : (
          <IconButton
            label={t("composer.send")}
            disabled={!canSend}
            onClick={send}
            className="rounded-full bg-accent text-on-accent! hover:bg-accent-hover"
          >
            <ArrowUp size={18} aria-hidden />
          </IconButton>
        )}
      </div>
    </div>
  );
}
