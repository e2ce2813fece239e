import { Eye } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/api-error.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useContent, useContentLogs } from "./queries.ts";

/** Prompt and answer, where the project keeps them; asked for by hand, since each reading is logged. */
export function ContentPart({ id, project }: { id: string; project: string }) {
  const { t } = useTranslation("requests");
  const [isWanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useContent(id, isWanted);
  const { data: logs = [] } = useContentLogs();
  if (!logs.some((log) => log.project === project && (log.is_on || log.files > 0))) return null;
  const isNone = error instanceof ApiError && error.status === 404;
  return (
    <Card
      title={t("content.title")}
      description={t("content.text")}
      actions={
        !isWanted && (
          <Button size="small" icon={<Eye size={15} aria-hidden />} onClick={() => setWanted(true)}>
            {t("content.show")}
          </Button>
        )
      }
    >
      {isFetching && <Skeleton lines={2} className="h-16" />}
      {isNone && <p className="text-sm text-muted">{t("content.none")}</p>}
      {error && !isNone && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className="grid gap-3">
          <CodeBlock label={t("content.request")} code={JSON.stringify(data.request, undefined, 2) ?? ""} />
          <CodeBlock label={t("content.answer")} code={JSON.stringify(data.answer, undefined, 2) ?? ""} />
        </div>
      )}
    </Card>
  );
}
