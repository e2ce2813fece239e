import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, toApiError } from "./api-error.ts";
import type { paths } from "./schema.d.ts";

/** Sent with each request that changes something; `GET /admin/v1/session` gives it. */
let csrf: string | undefined;

export function setCsrf(token: string | undefined): void {
  csrf = token;
}

/** Headers that a request of this session needs; for what the client below cannot do, such as streams. */
export function sessionHeaders(): Record<string, string> {
  return csrf === undefined ? {} : { "x-sahab-csrf": csrf };
}

const withCsrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && csrf !== undefined) request.headers.set("x-sahab-csrf", csrf);
    return request;
  },
  onError: ({ error }) => new ApiError(0, { code: "network", message: error instanceof Error ? error.message : "" }),
};

/** The admin API, typed by its OpenAPI document. Use it through `take`. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });
api.use(withCsrf);

/** The data of an answer; throws an ApiError in place of any other: `take(api.GET("/admin/v1/status"))`. */
export async function take<Data>(
  pending: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await pending;
  if (!response.ok) throw toApiError(response.status, error);
  return data as Data;
}
