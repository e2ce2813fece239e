import { useTranslation } from "react-i18next";
import type { Settings } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Card } from "../../ui/card.tsx";

/** What the server was started with. */
export function ServerCard({ settings: { server, variables } }: { settings: Settings }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  const rows: [string, string][] = [
    [t("server.address"), `${server.tls ? "https" : "http"}://${host}:${server.port}`],
    [t("server.hosts"), server.allowed_hosts === null ? t("server.hostsUsual") : server.allowed_hosts.join(", ")],
    [t("server.workers"), format.number(server.workers)],
    [t("server.folder"), server.data_folder],
    [t("server.database"), server.database],
    [t("server.file"), server.config_file ?? t("server.noFile")],
  ];
  return (
    <Card title={t("server.title")} description={t("server.text")}>
      <dl className="grid gap-2.5 text-[0.8125rem]">
        {rows.map(([name, value]) => (
          <div key={name} className="grid gap-x-4 gap-y-0.5 border-b border-border pb-2.5 sm:grid-cols-[9rem_1fr]">
            <dt className="text-muted">{name}</dt>
            <dd dir="auto" className="min-w-0 break-all">
              {value}
            </dd>
          </div>
        ))}
        <div className="grid gap-1.5">
          <dt className="text-muted">{t("server.variables")}</dt>
          <dd>
            {variables.length === 0 ? (
              t("server.noVariables")
            ) : (
              <ul className="flex flex-wrap gap-1.5">
                {variables.map((name) => (
                  <li key={name} className="max-w-full">
                    <code className="ltr block truncate rounded-[6px] bg-sunken px-1.5 py-0.5 font-mono text-xs">
                      {name}
                    </code>
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
      </dl>
    </Card>
  );
}
