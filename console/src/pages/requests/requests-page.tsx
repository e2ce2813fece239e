import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Activity, ArrowUp, Download, Pause, Play } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { VirtualTable } from "../../ui/virtual-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import type { RequestRow } from "./queries.ts";
import { requestGrid, useRequestColumns } from "./request-columns.tsx";
import { filtersOf, parseRequestsSearch, queryOf, type RequestsChanges, type RequestsSearch } from "./search.ts";
import { StorySheet } from "./story-sheet.tsx";
import { useRequestList } from "./use-request-list.ts";

const idOf = ({ id }: RequestRow) => id;
const route = getRouteApi("/console/requests");

/** All requests as they end, found by filters that stand in the address, and the story of each. */
export function RequestsPage() {
  const { t } = useTranslation("requests");
  const search = route.useSearch();
  const navigate = useNavigate();
  const { id } = search;
  const named = JSON.stringify(filtersOf(search));
  const filters = useMemo(() => JSON.parse(named) as RequestsSearch, [named]);
  const [isPaused, setPaused] = useState(false);
  const [isAtTop, setAtTop] = useState(true);
  const [scrolls, setScrolls] = useState(0);
  const { pages, rows, waitingCount, isConnected, reload } = useRequestList(filters, { isPaused, isAtTop });
  const change = useCallback(
    (changes: RequestsChanges) =>
      void navigate({
        to: "/console/requests",
        search: parseRequestsSearch({ ...search, ...changes }),
        // Filters are one place in the history, and each story another.
        replace: !("id" in changes),
      }),
    [navigate, search],
  );
  const open = useCallback((next: string) => change({ id: next }), [change]);
  const openRow = useCallback((row: RequestRow) => open(row.id), [open]);
  const close = useCallback(() => change({ id: undefined }), [change]);
  const columns = useRequestColumns(open);
  const { fetchNextPage, hasNextPage, isFetchingNextPage, isError } = pages;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, isError]);
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Page
      title={t("title")}
      description={t("text")}
      isWide
      actions={
        <>
          <LiveBadge isConnected={isConnected} isPaused={isPaused} />
          <Button
            icon={isPaused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
            onClick={() => setPaused(!isPaused)}
          >
            {t(isPaused ? "live.resume" : "live.pause")}
          </Button>
          <a className={buttonClass()} href={csvAddress(filters)} download>
            <Download size={15} aria-hidden />
            {t("csv")}
          </a>
        </>
      }
    >
      <div className="grid gap-4">
        <FilterBar search={search} onChange={change} />
        {pages.error && <ErrorNote error={pages.error} onRetry={reload} />}
        {pages.isPending && <Skeleton lines={8} className="h-9" />}
        {pages.data && rows.length === 0 && !hasNextPage && (
          <Card>
            <EmptyState
              icon={<Activity size={22} aria-hidden />}
              title={t(isFiltered ? "empty.filtered" : "empty.title")}
              action={
                !isFiltered && (
                  <Link to="/" className={buttonClass({ tone: "primary" })}>
                    {t("empty.action")}
                  </Link>
                )
              }
            >
              {t(isFiltered ? "empty.filteredText" : "empty.text")}
            </EmptyState>
          </Card>
        )}
        {pages.data && (rows.length > 0 || hasNextPage) && (
          <Card isFlush className="relative">
            {waitingCount > 0 && (
              <div className="absolute inset-x-0 top-12 z-20 flex justify-center">
                <Button
                  tone="primary"
                  size="small"
                  icon={<ArrowUp size={14} aria-hidden />}
                  onClick={() => {
                    setPaused(false);
                    setAtTop(true);
                    setScrolls(scrolls + 1);
                  }}
                  className="shadow-pop"
                >
                  {t("live.waiting", { count: waitingCount })}
                </Button>
              </div>
            )}
            <VirtualTable
              key={scrolls}
              label={t("title")}
              columns={columns}
              rows={rows}
              rowCount={hasNextPage ? rows.length + 1 : rows.length}
              keyOf={idOf}
              grid={requestGrid}
              minWidthClass="min-w-[60rem]"
              heightClass="h-[calc(100dvh-13rem)] min-h-96"
              onRowClick={openRow}
              onEnd={onEnd}
              onScroll={(top) => setAtTop(top < 8)}
            />
            {isFetchingNextPage && (
              <p role="status" className="border-t border-border px-5 py-2 text-xs text-muted">
                {t("loadingMore")}
              </p>
            )}
          </Card>
        )}
      </div>
      {id !== undefined && <StorySheet id={id} onClose={close} />}
    </Page>
  );
}

function LiveBadge({ isConnected, isPaused }: { isConnected: boolean; isPaused: boolean }) {
  const { t } = useTranslation("requests");
  const isLive = isConnected && !isPaused;
  return (
    <span className="flex items-center" role="status">
      <Badge
        tone={isLive ? "good" : isPaused ? "warn" : "neutral"}
        icon={<span aria-hidden className="size-1.5 rounded-full bg-current" />}
      >
        {t(isPaused ? "live.paused" : isConnected ? "live.on" : "live.off")}
      </Badge>
    </span>
  );
}

function csvAddress(filters: RequestsSearch): string {
  const query = new URLSearchParams({ format: "spreadsheet" });
  for (const [name, value] of Object.entries(queryOf(filters, Date.now())))
    for (const one of [value].flat()) query.append(name, String(one));
  return `/admin/v1/requests?${query.toString()}`;
}
