import { useTranslation } from "react-i18next";
import { Card } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";

/** A backup is made on the server's machine: it holds the master key, so it goes through no browser. */
export function BackupCard({ folder, isShared }: { folder: string; isShared: boolean }) {
  const { t } = useTranslation("settings");
  return (
    <Card title={t("backup.title")} description={t("backup.text")}>
      <div className="grid gap-3">
        <CodeBlock
          code={`SAHAB_DATA=${quote(folder)} npx sahab backup sahab-backup.age`}
          label={t("backup.make")}
          isWrapped
        />
        <p className="text-[0.8125rem] text-muted">{t("backup.back")}</p>
        <CodeBlock
          code="SAHAB_DATA=~/sahab-new npx sahab restore sahab-backup.age"
          label={t("backup.restore")}
          isWrapped
        />
        {isShared && <p className="text-[0.8125rem] text-warn">{t("backup.shared")}</p>}
      </div>
    </Card>
  );
}

/** As a shell takes it. */
const quote = (path: string) => (/^[\w/.:@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
