import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";

/** Makes a key of the project `default` by one click, and shows it this once. */
export function FirstKey({
  made,
  isFirst,
  onMade,
}: {
  made: string | undefined;
  isFirst: boolean;
  onMade: (key: string) => void;
}) {
  const { t } = useTranslation("home");
  const making = useMutation({
    mutationFn: () => take(api.POST("/admin/v1/keys", { body: { name: `first-${Date.now().toString(36)}` } })),
    onSuccess: ({ key }) => onMade(key),
  });
  if (made !== undefined)
    return (
      <div className="grid w-full min-w-0 gap-2">
        <CodeBlock code={made} label={t("key.made")} isWrapped />
        <p className="text-[0.8125rem] font-medium text-warn">{t("key.once")}</p>
      </div>
    );
  return (
    <>
      <Button
        tone={isFirst ? "primary" : "secondary"}
        icon={<KeyRound size={16} aria-hidden />}
        isBusy={making.isPending}
        onClick={() => making.mutate()}
      >
        {t(isFirst ? "key.action" : "key.another")}
      </Button>
      {making.error && <ErrorNote error={making.error} />}
    </>
  );
}
