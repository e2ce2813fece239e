import { useTranslation } from "react-i18next";
import { useSession } from "../../api/session.ts";

/** Days after the last use; `longest` is until somebody deletes it, or as long as this cloud allows. */
export const keepDaysOf = { day: 1, week: 7, month: 30, longest: null } as const;
export type Keep = keyof typeof keepDaysOf;
type KeepDays = (typeof keepDaysOf)[Keep];

/** How long a conversation is kept, and what may be chosen: what this cloud has for everybody bounds it. */
export function useKeep(keepDays: KeepDays): { value: Keep; options: { value: Keep; text: string }[] } {
  const { t } = useTranslation("chat");
  const daysMax = useSession().data?.chat.conversation_days ?? Infinity;
  const choices = (Object.keys(keepDaysOf) as Keep[]).filter((keep) => (keepDaysOf[keep] ?? 0) < daysMax);
  const textOf = (keep: Keep) =>
    keep !== "longest"
      ? t(`keep.${keep}`)
      : daysMax === Infinity
        ? t("keep.never")
        : t("keep.most", { count: daysMax });
  return {
    value: choices.find((keep) => keepDaysOf[keep] === keepDays) ?? "longest",
    options: choices.map((value) => ({ value, text: textOf(value) })),
  };
}
