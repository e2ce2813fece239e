import { infiniteQueryOptions, queryOptions, type InfiniteData } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { queryClient } from "../../api/query-client.ts";
import type { Conversation, ConversationChanges, NewConversation } from "../../api/schema.d.ts";
import { fitMessage } from "./fit-message.ts";
import { isLeaving } from "./leaving.ts";
import type { Message } from "./message.ts";
import { patchPages } from "./patch-pages.ts";

export type { Conversation, ConversationChanges };

export type FoundConversation = Omit<Conversation, "system"> & {
  excerpt?: { message: string; text: string } | null | undefined;
};

const listKey = ["conversations"] as const;

/** The reader's conversations, page by page; with words those that have them. */
export function conversationsQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: [...listKey, search],
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/admin/v1/conversations", {
          params: {
            query: { limit: 40, ...(pageParam !== null && { cursor: pageParam }), ...(search !== "" && { search }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ["conversation", id],
    queryFn: () => take(api.GET("/admin/v1/conversations/{id}", { params: { path: { id } } })),
    staleTime: Infinity,
  });
}

export async function createConversation(wanted: NewConversation): Promise<Conversation> {
  return noteChange(await take(api.POST("/admin/v1/conversations", { body: wanted })));
}

export async function changeConversation(id: string, changes: ConversationChanges): Promise<Conversation> {
  return noteChange(await take(api.PATCH("/admin/v1/conversations/{id}", { params: { path: { id } }, body: changes })));
}

export async function deleteConversation(id: string): Promise<void> {
  await take(api.DELETE("/admin/v1/conversations/{id}", { params: { path: { id } } }));
  void queryClient.invalidateQueries({ queryKey: listKey });
}

/** All messages of a conversation, oldest first. */
export async function readMessages(id: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: 500, ...(cursor !== undefined && { cursor }) };
    const page = await take(api.GET("/admin/v1/conversations/{id}/messages", { params: { path: { id }, query } }));
    messages.push(...page.messages);
    cursor = page.next;
  }
  return messages;
}

/**
 * Keeps messages, cut to what the server takes; one that is still being written counts as stopped there, in case this page is closed. The
 * last ones of a page that is being left are sent also after it is gone.
 */
export async function keepMessages(id: string, messages: readonly Message[]): Promise<Conversation> {
  const body = { messages: messages.map(fitMessage) };
  // A browser refuses to send more than 64 KiB after a page.
  const keepalive = isLeaving() && JSON.stringify(body).length < lastCharsMax;
  const path = "/admin/v1/conversations/{id}/messages";
  return noteChange(await take(api.POST(path, { params: { path: { id } }, body, keepalive })));
}

/** Of UTF-16; in UTF-8 one takes up to three bytes. */
const lastCharsMax = 20_000;

interface ConversationsPage {
  conversations: FoundConversation[];
  next: string | null;
  searched?: number;
}

/** The lists show what has changed. They are not read again, since this comes every few seconds while an answer is written. */
function noteChange(conversation: Conversation): Conversation {
  queryClient.setQueryData(conversationQuery(conversation.id).queryKey, conversation);
  const { system: _, ...listed } = conversation;
  let isListed = false;
  for (const [key, data] of queryClient.getQueriesData<InfiniteData<ConversationsPage, string | null>>({
    queryKey: listKey,
  })) {
    const isWhole = key.at(-1) === "";
    const pages = data && patchPages<FoundConversation, ConversationsPage>(data.pages, listed, { isSorted: isWhole });
    if (!pages) continue;
    queryClient.setQueryData(key, { ...data, pages });
    isListed ||= isWhole;
  }
  if (!isListed) void queryClient.invalidateQueries({ queryKey: conversationsQuery("").queryKey });
  return conversation;
}
