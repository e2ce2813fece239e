import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../../format/use-format.ts";
import { Tooltip } from "../../../ui/tooltip.tsx";
import type { Message } from "../message.ts";
import { tokensPerSecond } from "./tokens-per-second.ts";

/** What an answer took: tokens, times and cost, in one line. */
export const AnswerFacts = memo(function AnswerFacts({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const format = useFormat();
  const { usage, timings } = message;
  const facts: { text: string; title: string }[] = [];
  const isRefused = message.status === "failed" && message.content.length === 0;
  if (usage && !isRefused) {
    const cached = usage.cached_input_tokens;
    const tokens = t("facts.tokens", {
      input: format.count(usage.input_tokens),
      output: format.count(usage.output_tokens),
    });
    const shown = cached > 0 ? `${tokens} ${t("facts.cached", { cached: format.count(cached) })}` : tokens;
    const title = t("facts.tokensTitle", {
      input: format.number(usage.input_tokens),
      cached: format.number(cached),
      output: format.number(usage.output_tokens),
      reasoning: format.number(usage.reasoning_tokens),
    });
    facts.push(
      usage.estimated ? { text: `≈ ${shown}`, title: `${title}. ${t("facts.estimated")}` } : { text: shown, title },
    );
  }
  if (timings && timings.first_token_ms !== null)
    facts.push({
      text: t("facts.first", { time: format.duration(timings.first_token_ms) }),
      title: t("facts.firstToken"),
    });
  const speed = tokensPerSecond(message);
  if (speed !== undefined)
    facts.push({ text: t("facts.speed", { speed: format.number(speed) }), title: t("facts.speedTitle") });
  if (usage && usage.cost !== null && !isRefused) {
    const isFree = /^0+(?:\.0+)?$/.test(usage.cost);
    facts.push(
      isFree || usage.currency === null || usage.currency === ""
        ? { text: t("facts.free"), title: t("facts.freeTitle") }
        : {
            text: format.money(usage.cost, usage.currency),
            title: t("facts.costTitle", { cost: format.money(usage.cost, usage.currency, { isExact: true }) }),
          },
    );
  }
  if (facts.length === 0) return null;
  return (
    <ul className="ms-1.5 flex min-w-0 flex-wrap items-center gap-x-3 text-xs text-muted tabular-nums" data-facts="">
      {facts.map(({ text, title }) => (
        <li key={title}>
          {/* No stop of Tab: whoever does not point reads the same words hidden. */}
          <Tooltip text={title}>
            <span className="cursor-default">
              {text}
              <span className="sr-only">: {title}</span>
            </span>
          </Tooltip>
        </li>
      ))}
    </ul>
  );
});
