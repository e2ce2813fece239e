import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../../ui/icon-button.tsx";

/** Which of several messages in one place is shown, "2/3", with arrows to the others. */
export function BranchArrows({
  ids,
  id,
  onChoose,
}: {
  ids: readonly string[];
  id: string;
  onChoose: (id: string) => void;
}) {
  const { t } = useTranslation("chat");
  if (ids.length < 2) return null;
  const at = ids.indexOf(id);
  const [before, after] = [ids[at - 1], ids[at + 1]];
  return (
    <span
      className="inline-flex items-center text-xs text-muted tabular-nums"
      role="group"
      aria-label={t("branch.label")}
    >
      <IconButton
        size="small"
        label={t("branch.before")}
        disabled={before === undefined}
        onClick={() => before !== undefined && onChoose(before)}
      >
        <ChevronLeft size={15} aria-hidden className="rtl:-scale-x-100" />
      </IconButton>
      <span className="ltr px-0.5">
        {at + 1}/{ids.length}
      </span>
      <IconButton
        size="small"
        label={t("branch.after")}
        disabled={after === undefined}
        onClick={() => after !== undefined && onChoose(after)}
      >
        <ChevronRight size={15} aria-hidden className="rtl:-scale-x-100" />
      </IconButton>
    </span>
  );
}
