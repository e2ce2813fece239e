import { useInfiniteQuery } from "@tanstack/react-query";
import { MessageSquarePlus, Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Input } from "../../ui/input.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { ConversationItem } from "./conversation-item.tsx";
import { conversationsQuery } from "./conversations.ts";

/** The reader's conversations, with search. */
export function ConversationList({
  current,
  onOpen,
  onNew,
}: {
  /** Id of the one that is shown. */
  current: string | undefined;
  onOpen: (id: string) => void;
  onNew: () => void;
}) {
  const { t } = useTranslation("chat");
  const [words, setWords] = useState("");
  const search = useLate(useDeferredValue(words.trim()));
  const query = useInfiniteQuery(conversationsQuery(search));
  const pages = query.data?.pages ?? [];
  const conversations = pages.flatMap((page) => page.conversations);
  const searched = pages.reduce((sum, page) => sum + (page.searched ?? 0), 0);
  return (
    <nav aria-label={t("list.label")} className="flex min-h-0 flex-1 flex-col">
      <div className="grid gap-2.5 p-3">
        <Button icon={<MessageSquarePlus size={16} aria-hidden />} onClick={onNew} className="w-full">
          {t("list.new")}
        </Button>
        <div className="relative">
          <Search size={15} aria-hidden className="pointer-events-none absolute start-2.5 top-2.5 text-muted" />
          <Input
            type="search"
            aria-label={t("list.search")}
            placeholder={t("list.search")}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setWords("")}
            className="ps-8"
          />
        </div>
      </div>
      <div className="relative min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {query.isPending && (
          <div className="px-2 py-1">
            <Skeleton lines={6} className="h-8" />
          </div>
        )}
        {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
        {query.isSuccess && conversations.length === 0 && (
          <p className="px-3 py-6 text-center text-[0.8125rem] text-muted">
            {search === "" ? t("list.empty") : t("list.nothing")}
          </p>
        )}
        <ul className="flex flex-col gap-0.5">
          {conversations.map((conversation) => (
            <ConversationItem
              key={conversation.id}
              conversation={conversation}
              isCurrent={conversation.id === current}
              onOpen={onOpen}
              onDeleted={() => conversation.id === current && onNew()}
            />
          ))}
        </ul>
        {search !== "" && query.isSuccess && (
          <p className="px-3 pt-3 text-xs text-muted" role="status">
            {query.hasNextPage
              ? t("list.searchedSome", { count: searched })
              : t("list.searchedAll", { count: searched })}
          </p>
        )}
        {query.hasNextPage && (
          <div className="px-2 pt-2">
            <Button
              size="small"
              tone="quiet"
              isBusy={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
              className="w-full"
            >
              {search === "" ? t("list.more") : t("list.searchMore")}
            </Button>
          </div>
        )}
      </div>
    </nav>
  );
}

const lateMs = 250;

/** The value when it has stayed the same for a moment. */
function useLate(value: string): string {
  const [late, setLate] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    timer.current = setTimeout(() => setLate(value), lateMs);
    return () => clearTimeout(timer.current);
  }, [value]);
  return late;
}
