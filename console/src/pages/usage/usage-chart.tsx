import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { colorOf } from "./colors.ts";
import type { Bar as Values, Series } from "./series.ts";

/** Bars over time, one colour for each series; right to left where the language is. In a chunk of its own, since the library is large. */
export function UsageChart({
  bars,
  series,
  label,
  isRightToLeft,
  nameOf,
  formatValue,
  formatTick,
  formatSpan,
}: {
  bars: readonly Values[];
  series: readonly Series[];
  /** Read out in its place. */
  label: string;
  isRightToLeft: boolean;
  nameOf: (series: Series) => string;
  formatValue: (value: number) => string;
  formatTick: (value: number) => string;
  formatSpan: (since: string, isShort: boolean) => string;
}) {
  // Drawn from left to right, where a text from right to left must keep its own order.
  const direct = (text: string) => (/\p{Script=Arabic}/u.test(text) ? `\u2067${text}\u2069` : text);
  const tick = { fill: "var(--muted)", fontSize: 12 };
  return (
    <div role="img" aria-label={label} className="h-72 w-full" dir="ltr">
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 640, height: 288 }}>
        <BarChart
          data={bars.map((bar) => ({ ...bar }))}
          accessibilityLayer={false}
          // The width that the axis takes for its texts lacks the gap beside them, which shows on the right only.
          // A text at the top that has no room above it is moved down from its line.
          margin={{ top: 12, right: isRightToLeft ? 16 : 4, bottom: 0, left: 4 }}
        >
          <CartesianGrid vertical={false} stroke="var(--border)" />
          <XAxis
            dataKey="since"
            reversed={isRightToLeft}
            tick={tick}
            tickLine={false}
            axisLine={{ stroke: "var(--border-strong)" }}
            minTickGap={24}
            tickFormatter={(since: string) => direct(formatSpan(since, true))}
          />
          <YAxis
            orientation={isRightToLeft ? "right" : "left"}
            tick={tick}
            tickLine={false}
            axisLine={false}
            width="auto"
            tickFormatter={(value: number) => direct(formatTick(value))}
          />
          <Tooltip
            cursor={{ fill: "var(--sunken)" }}
            isAnimationActive={false}
            content={({ active, payload, label: since }) =>
              active && payload.length > 0 ? (
                <div
                  dir={isRightToLeft ? "rtl" : "ltr"}
                  className="grid max-w-72 gap-1 rounded-card border border-border bg-raised px-3 py-2 text-xs shadow-pop"
                >
                  <p className="font-medium">{formatSpan(String(since), false)}</p>
                  {payload.toReversed().map(({ dataKey, value, color }) => {
                    const one = series.find(({ id }) => `values.${id}` === dataKey);
                    return one && typeof value === "number" && value !== 0 ? (
                      <p key={one.id} className="flex items-center gap-2">
                        <span aria-hidden className="size-2 rounded-[2px]" style={{ background: color }} />
                        <bdi className="min-w-0 flex-1 truncate">{nameOf(one)}</bdi>
                        <span className="ltr tabular-nums">{formatValue(value)}</span>
                      </p>
                    ) : null;
                  })}
                </div>
              ) : null
            }
          />
          {series.map((one, place) => (
            <Bar
              key={one.id}
              dataKey={`values.${one.id}`}
              stackId="all"
              fill={colorOf(one, place)}
              isAnimationActive={false}
              maxBarSize={48}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
