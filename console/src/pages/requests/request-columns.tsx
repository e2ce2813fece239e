import { Radio } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import type { Column } from "../../ui/table.tsx";
import { ModelName } from "../../ui/model-name.tsx";
import { OutcomeBadge } from "../../ui/outcome-badge.tsx";
import type { RequestRow } from "./queries.ts";

/** The time has room for `10:08:33 PM`, the outcome for `429 rate_limit_exceeded`, and the cost for `0.000109 US$`. */
export const requestGrid =
  "7.75rem 11.5rem minmax(6.5rem,1.2fr) minmax(6.5rem,1.2fr) minmax(5.5rem,1fr) 7rem 8.5rem 5.5rem";

/** Fast scrolling makes twenty rows a frame, of which each element costs about 15 µs: so cells have no more of them than they need. */
export function useRequestColumns(onOpen: (id: string) => void): Column<RequestRow>[] {
  const { t } = useTranslation("requests");
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "time",
        header: t("column.time"),
        cell: ({ id, time }) => {
          const shown = format.time(time);
          return (
            <button
              type="button"
              aria-label={`${shown} ${t("open")}`}
              title={format.fullTime(time)}
              className="max-w-full truncate rounded-[4px] text-start hover:underline"
              onClick={(event) => {
                event.stopPropagation();
                onOpen(id);
              }}
            >
              {shown}
            </button>
          );
        },
      },
      { id: "outcome", header: t("column.outcome"), cell: (row) => <OutcomeBadge {...row} /> },
      {
        id: "model",
        header: t("column.model"),
        cell: ({ model, asked, stream }) => {
          const name = <ModelName model={model} asked={asked} />;
          if (!stream) return name;
          return (
            <span className="flex min-w-0 items-center gap-1.5">
              {name}
              <Radio size={13} aria-label={t("streamed")} className="shrink-0 text-muted" />
            </span>
          );
        },
      },
      {
        id: "key",
        header: t("column.key"),
        cell: ({ project, key }) => (
          // Each is cut at its own end, whatever its direction. Who asked is the question: the key has the room that it needs first.
          <span className="flex min-w-0 items-baseline gap-1" title={`${key} · ${project}`}>
            <bdi className="max-w-full shrink-0 truncate">{key}</bdi>
            <bdi className="truncate text-xs text-muted">{project}</bdi>
          </span>
        ),
      },
      {
        id: "provider",
        header: t("column.provider"),
        cell: ({ provider, attempts }) => {
          const name = <bdi className="truncate">{provider || t("none")}</bdi>;
          if (attempts <= 1) return name;
          return (
            <span className="flex min-w-0 items-baseline gap-1.5">
              {name}
              <span className="shrink-0 text-xs text-warn" title={t("attempts", { count: attempts })}>
                <span aria-hidden className="ltr">
                  ×{attempts}
                </span>
                <span className="sr-only">{t("attempts", { count: attempts })}</span>
              </span>
            </span>
          );
        },
      },
      {
        id: "tokens",
        header: t("column.tokens"),
        isNumber: true,
        cell: ({ input, output }) => format.tokenPair(input, output),
      },
      {
        id: "cost",
        header: t("column.cost"),
        isNumber: true,
        cell: ({ cost, currency }) => format.money(cost, currency),
      },
      {
        id: "latency",
        header: t("column.latency"),
        isNumber: true,
        cell: ({ latencyMs }) => format.duration(latencyMs),
      },
    ],
    [t, format, onOpen],
  );
}
