import { SahabError } from "../../base/errors.ts";
import type { HubAnswer } from "./hub.ts";
import type { HubName } from "./parse-hub-name.ts";

/** A hub's answer that is no file, with what helps: the message is whole. */
export class HubRefusal extends SahabError {}

/** What an answer of a hub that is no file and no listing means, and what helps. Hugging Face tells more in a header; it answers 401 for what is not there, too. */
export function describeRefusal(name: HubName, answer: HubAnswer): HubRefusal {
  const { hub, repository, revision } = name;
  const refuse = (why: string) => new HubRefusal("invalid_request", `Cannot pull ${name.shown}: ${why}`);
  const code = answer.header("x-error-code");
  const { token } = hub.settings;
  const page = hub.pageOf(repository);
  const forPulls = hub.pullTokenSetting === undefined ? "" : ` (or ${hub.pullTokenSetting}, which only pulls use)`;
  const setIt = `set ${hub.tokenSetting}${forPulls} in the environment of the Sahab server, and start it anew`;
  const itsToken = `the token of ${hub.title} in the server's environment`;
  if (answer.status === 403 || code === "GatedRepo")
    return refuse(
      `${hub.title} gives ${repository} only to those whom its owner lets in; accept its terms at ${page}, then ${
        token === undefined
          ? `make a token at ${hub.tokenPage}, ${setIt}`
          : `pull again; ${itsToken} must be of an account that has access, and allow reading it`
      }`,
    );
  if (code === "RevisionNotFound") return refuse(`${repository} has no revision ${revision}; see ${page}`);
  if (code === "EntryNotFound") return refuse(`${repository} has no such file in revision ${revision}; see ${page}`);
  if (answer.status === 401 && token !== undefined && code !== "RepoNotFound")
    return refuse(`${hub.title} does not take ${itsToken}; make one at ${hub.tokenPage}, ${setIt}`);
  if (answer.status === 401 || answer.status === 404)
    return refuse(
      `${hub.title} has no ${repository} that may be seen ${
        token === undefined
          ? `without a token. If it is private or gated, make a token at ${hub.tokenPage}, ${setIt}`
          : `with ${itsToken}`
      }; see ${page}`,
    );
  if (answer.status === 429 || answer.status >= 500)
    return new HubRefusal(
      "upstream_unreachable",
      `Cannot pull ${name.shown}: ${hub.title} answered ${answer.status}${answer.status === 429 ? ", too many requests" : ""}; pull again later`,
    );
  return refuse(`${hub.title} answered ${answer.status}`);
}
