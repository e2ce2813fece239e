import { SahabError } from "../base/errors.ts";
import { hopsHeader } from "../call/index.ts";
import type { HttpRequest } from "../http/index.ts";

/** Sahabs in a row: a team's, its company's and a region's are three. */
const hopsMax = 5;

/** How many Sahabs the request has gone through. Throws `loop_detected` for more than anybody puts in a row. */
export function countHops(headers: HttpRequest["headers"]): number {
  const said = headers.get(hopsHeader);
  if (said === null) return 0;
  const hops = /^\d{1,3}$/.test(said) ? Number(said) : 0;
  if (hops < hopsMax) return hops;
  throw new SahabError(
    "loop_detected",
    `The request has gone through ${hops} Sahabs; at most ${hopsMax} are allowed. A provider's base_url leads back to a Sahab before it`,
  );
}
