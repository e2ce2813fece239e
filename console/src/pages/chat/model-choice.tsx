import { useQuery } from "@tanstack/react-query";
import { Columns2, X } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { Model } from "../../api/schema.d.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { Select } from "../../ui/select.tsx";
import { groupModels } from "./group-models.ts";

export function useModels() {
  return useQuery({
    queryKey: ["models", "choice"],
    queryFn: ({ signal }) => take(api.GET("/admin/v1/models", { signal })),
    staleTime: 60_000,
    select: ({ models }) => models,
  });
}

/** Whether it is known to read no images. */
export function isBlind(model: Model | undefined): boolean {
  return model?.facts.takes?.includes("image") === false;
}

/** Which model answers, or which two side by side. */
export function ModelChoice({
  models,
  onChange,
}: {
  models: readonly string[];
  onChange: (models: readonly string[]) => void;
}) {
  const { t } = useTranslation("chat");
  const { data } = useModels();
  const known = useMemo(() => groupModels(data ?? []), [data]);
  const options = useMemo(() => {
    const listed = known.map(({ name, isLocal, where }) => ({
      value: name,
      name: `${name} ${where}`,
      text: <span className="ltr">{name}</span>,
      hint: isLocal ? t("models.local") : t("models.hosted", { where }),
    }));
    // One that was chosen stays to be seen, also where it is gone by now.
    const gone = models.filter((name) => !known.some((one) => one.name === name));
    return [
      ...listed,
      ...gone.map((name) => ({ value: name, text: <span className="ltr">{name}</span>, name, hint: t("models.gone") })),
    ];
  }, [known, models, t]);
  const second = known.find(({ name }) => name !== models[0])?.name;
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      {(models.length === 0 ? [undefined] : models).map((model, column) => (
        <span key={column} className="flex min-w-0 items-center">
          <Select
            label={models.length > 1 ? t("models.ofColumn", { number: column + 1 }) : t("models.label")}
            value={model}
            // Two columns of one model could not be told apart.
            options={options.filter(({ value }) => value === model || !models.includes(value))}
            isSearchable={options.length > 8}
            placeholder={t("models.choose")}
            onChange={(next) => onChange(models.length === 0 ? [next] : models.with(column, next))}
            className="max-w-[min(16rem,52vw)] border-transparent bg-transparent font-medium hover:bg-sunken"
          />
          {models.length > 1 && (
            <IconButton
              size="small"
              label={t("models.remove", { model })}
              onClick={() => onChange(models.filter((_, other) => other !== column))}
            >
              <X size={14} aria-hidden />
            </IconButton>
          )}
        </span>
      ))}
      {models.length === 1 && second !== undefined && (
        <IconButton label={t("models.compare")} onClick={() => onChange([...models, second])}>
          <Columns2 size={17} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
