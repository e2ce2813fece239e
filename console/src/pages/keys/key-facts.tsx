import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ShownKey } from "../../api/schema.d.ts";
import { Badge } from "../../ui/badge.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Time } from "../../ui/time.tsx";

/** What a key is and may use. */
export function KeyFacts({ shown }: { shown: ShownKey }) {
  const { t } = useTranslation("keys");
  const { id, prefix, project, role, models, addresses } = shown;
  return (
    <dl className="grid gap-3.5 text-sm">
      <Fact name={t("fact.key")}>
        <code className="ltr font-mono text-[0.8125rem]">{prefix}…</code>
      </Fact>
      <Fact name={t("fact.id")}>
        <span className="inline-flex min-w-0 items-center gap-1">
          <code className="ltr truncate font-mono text-[0.8125rem]">{id}</code>
          <CopyButton text={id} label={t("fact.copyId")} />
        </span>
      </Fact>
      <Fact name={t("column.project")}>
        <Link
          to="/console/projects/$name"
          params={{ name: project }}
          className="font-medium break-words text-accent-text underline underline-offset-4"
        >
          {project}
        </Link>
      </Fact>
      <Fact name={t("form.role")}>{t(`role.${role}`)}</Fact>
      {role !== "metrics" && (
        <Fact name={t("form.models")}>{models === null ? t("form.modelsAll") : <Names names={models} />}</Fact>
      )}
      <Fact name={t("form.addresses")}>
        {addresses === null ? t("form.addressesAll") : <Names names={addresses} />}
      </Fact>
      <Fact name={t("fact.created")}>
        <Time iso={shown.created_at} />
      </Fact>
      <Fact name={t("column.used")}>
        {shown.last_used_at === null ? t("neverUsed") : <Time iso={shown.last_used_at} isAgo />}
      </Fact>
      <Fact name={t("column.expires")}>{shown.expires_at === null ? t("never") : <Time iso={shown.expires_at} />}</Fact>
      {shown.revoked_at !== null && (
        <Fact name={t("fact.revoked")}>
          <Time iso={shown.revoked_at} />
        </Fact>
      )}
      {shown.replaced_by !== null && (
        <Fact name={t("fact.replaced")}>
          <Link
            to="/console/keys/$id"
            params={{ id: shown.replaced_by }}
            className="font-medium text-accent-text underline underline-offset-4"
          >
            {t("fact.newKey")}
          </Link>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 gap-0.5">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <ul className="mt-0.5 flex flex-wrap gap-1.5">
      {names.map((name) => (
        <li key={name} className="max-w-full">
          <Badge>
            <span className="ltr font-mono">{name}</span>
          </Badge>
        </li>
      ))}
    </ul>
  );
}
