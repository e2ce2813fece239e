import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, toApiError } from "./api-error.ts";
import type { paths } from "./schema.d.ts";
import { sessionFetch } from "./session-fetch.ts";

const withErrors: Middleware = {
  onError: ({ error }) => new ApiError(0, { code: "network", message: error instanceof Error ? error.message : "" }),
};

/** The admin API, typed by its OpenAPI document. Use it through `take`. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: sessionFetch });
api.use(withErrors);

/** The data of an answer; throws an ApiError in place of any other: `take(api.GET("/admin/v1/status"))`. */
export async function take<Data>(
  pending: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await pending;
  if (!response.ok) throw toApiError(response.status, error);
  return data as Data;
}
