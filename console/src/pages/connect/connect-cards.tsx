import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Connect } from "../../api/schema.d.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Select } from "../../ui/select.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useModelNames } from "../keys/queries.ts";
import { ProgramLines } from "./program-lines.tsx";
import { useConnect } from "./queries.ts";
import { SdkLines } from "./sdk-lines-view.tsx";
import { sdks } from "./sdk-lines.ts";

/** Programs that are known, and ways to call from code: one is picked, and its lines are there to paste. */
export function ConnectCards({
  keyText,
  models,
}: {
  /** The key itself where it was just made; else a word stands in its place. */
  keyText?: string;
  /** Names and patterns that the key may call; null for all. */
  models: readonly string[] | null;
}) {
  const { t } = useTranslation("connect");
  const names = useModelNames().data ?? [];
  const callable = callableOf(names, models);
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? callable[0];
  const connect = useConnect(model);
  const [picked, setPicked] = useState<string>("curl");
  if (connect.error) return <ErrorNote error={connect.error} onRetry={() => void connect.refetch()} />;
  if (!connect.data) return <Skeleton lines={3} className="h-10" />;
  const program = connect.data.programs.find(({ name }) => name === picked);
  const key = keyText ?? connect.data.key;
  return (
    <div className="grid min-w-0 gap-4">
      <div className="flex flex-wrap gap-3">
        <Select
          label={t("program")}
          value={picked}
          onChange={setPicked}
          isSearchable
          options={optionsOf(connect.data)}
          className="w-full sm:w-64"
        />
        {callable.length > 1 && (
          <Select
            label={t("model")}
            value={model}
            onChange={setChosen}
            isSearchable={callable.length > 10}
            options={callable.map((name) => ({ value: name, text: <span className="ltr">{name}</span>, name }))}
            className="w-full sm:w-64"
          />
        )}
      </div>
      {program ? (
        <ProgramLines program={program} placeholder={connect.data.key} keyText={key} />
      ) : (
        <SdkLines
          id={picked}
          call={{ origin: location.origin, model: model ?? "MODEL", key, question: t("question") }}
        />
      )}
    </div>
  );
}

/** SDKs are shown as code of their own, so what sahab connect says of them is left out. */
function optionsOf({ programs }: Connect) {
  return [
    ...sdks.map(({ id, title }) => ({ value: id as string, text: title })),
    ...programs.filter(({ name }) => !name.endsWith("-sdk")).map(({ name, title }) => ({ value: name, text: title })),
  ];
}

/** The models of a list that patterns allow. */
function callableOf(names: readonly string[], patterns: readonly string[] | null): string[] {
  if (patterns === null || patterns.length === 0) return [...names];
  return names.filter((name) =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern)),
  );
}
