import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";

/** Images that go with a question that is being written; each can be taken away. */
export function ImageList({
  images,
  onRemove,
  className,
}: {
  /** Data URLs. */
  images: readonly string[];
  onRemove: (at: number) => void;
  className?: string;
}) {
  const { t } = useTranslation("chat");
  if (images.length === 0) return null;
  return (
    <ul className={cx("flex flex-wrap gap-2", className)}>
      {images.map((url, at) => (
        <li key={at} className="relative">
          <img
            src={url}
            alt={t("question.image", { number: at + 1 })}
            className="size-16 rounded-control border border-border object-cover"
          />
          <IconButton
            size="small"
            label={t("composer.removeImage", { number: at + 1 })}
            className="absolute -end-2 -top-2 size-6 rounded-full border border-border bg-raised shadow-card"
            onClick={() => onRemove(at)}
          >
            <X size={13} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
