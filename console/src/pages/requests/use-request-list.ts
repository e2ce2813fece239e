import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useLive } from "../../api/use-live.ts";
import { listKey, pageRows, rowOf, useRequestPages, type RequestRow } from "./queries.ts";
import { PagedRows } from "./paged-rows.ts";
import { isShown, type RequestsSearch } from "./search.ts";

/** New requests that are kept beside the pages; when there are more, the list is read anew. */
const freshMax = 1_000;
/** Pages that may have some of them. */
const pagesWithFresh = Math.ceil((2 * freshMax) / pageRows);

/**
 * The pages of a list with what has ended since before them. While it is paused, or the reader is not at its top, new requests wait and are
 * counted, so that no row moves under the pointer.
 */
export function useRequestList(
  filters: RequestsSearch,
  { isPaused, isAtTop }: { isPaused: boolean; isAtTop: boolean },
) {
  const pages = useRequestPages(filters);
  const [fresh, setFresh] = useState<RequestRow[]>([]);
  const [waiting, setWaiting] = useState<RequestRow[]>([]);
  const [hasMissed, setMissed] = useState(false);
  const [ofFilters, setOfFilters] = useState(filters);
  if (ofFilters !== filters) {
    setOfFilters(filters);
    setFresh([]);
    setWaiting([]);
    setMissed(false);
  }
  const { refetch } = pages;
  const client = useQueryClient();
  const reload = useCallback(() => {
    setFresh([]);
    setWaiting([]);
    setMissed(false);
    // Only the first page is read anew, however many were.
    client.setQueryData<typeof pages.data>(
      listKey(filters),
      (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    );
    void refetch();
  }, [client, filters, refetch]);
  const isHeld = isPaused || !isAtTop;
  const isFull = fresh.length + waiting.length > freshMax;
  const isConnected = useLive({
    ready: () => setMissed(true),
    missed: () => setMissed(true),
    request: (record) => {
      if (isShown(filters, record)) setWaiting((rows) => [rowOf(record), ...rows].slice(0, freshMax + 1));
    },
  });
  const showWaiting = useCallback(() => {
    setFresh((rows) => [...waiting, ...rows]);
    setWaiting([]);
  }, [waiting]);
  useEffect(() => {
    if (isHeld) return;
    if (hasMissed || isFull) reload();
    else if (waiting.length > 0) showWaiting();
  }, [isHeld, hasMissed, isFull, waiting, reload, showWaiting]);
  const rows = useMemo(() => {
    const listed = pages.data?.pages.map((page) => page.rows) ?? [];
    if (fresh.length === 0) return new PagedRows(listed);
    // What was fresh when the first pages were read is in them, too.
    const ids = new Set(listed.slice(0, pagesWithFresh).flatMap((page) => page.map(({ id }) => id)));
    return new PagedRows([fresh.filter(({ id }) => !ids.has(id)), ...listed]);
  }, [pages.data, fresh]);
  return { pages, rows, waitingCount: waiting.length, isConnected, reload };
}
