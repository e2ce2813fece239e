/** What is stated of a cell of the matrix: the rest is carried. */
export interface Stated {
  /** The client's dialect has no words for it. */
  isUnsayable?: true;
  /** Refused with 400 `unsupported_parameter`; the field that is named. */
  refused?: string;
  /** Paths that `x-sahab-dropped` names, in any order. */
  dropped?: readonly string[];
  /** Fields that do not arrive at the vendor, since they are dropped. */
  lost?: readonly ("stop" | "thinks" | "reasoning")[];
}

interface Row {
  /** The dialects' names; any where undefined. */
  client?: string;
  vendor?: string;
  features: readonly string[];
  stated: Stated;
}

const chat = "openai-chat";
const messages = "anthropic-messages";
const responses = "openai-responses";

const reasoning = ["reasoning", "reasoning with tools over two turns"];

/** What can't be carried, of dialects that differ. */
const rows: readonly Row[] = [
  {
    client: chat,
    vendor: messages,
    features: ["structured output"],
    // Anthropic's formats have no name.
    stated: { dropped: ["response_format.json_schema.name"] },
  },
  {
    client: messages,
    vendor: chat,
    features: reasoning,
    // It becomes an effort that says about the same.
    stated: { dropped: ["thinking.budget_tokens"] },
  },
];

/** Cells that are red because something is not built yet. One that passes fails the test, so that the list never lags. */
export const notYet: readonly { client?: string; vendor?: string; feature: string; reason: string }[] = [
  {
    client: chat,
    vendor: messages,
    feature: "reasoning with tools over two turns",
    reason: "chat clients have no place for a proof of reasoning, and nothing remembers it for them",
  },
];

/** Rows that fit a cell are put together. */
export function statedFor(client: string, vendor: string, feature: string): Stated {
  if (client === responses && feature === "stop text") return { isUnsayable: true };
  if (client === vendor) return {};
  const fitting = rows.filter(
    (row) => (row.client ?? client) === client && (row.vendor ?? vendor) === vendor && row.features.includes(feature),
  );
  return Object.assign({}, ...fitting.map(({ stated }) => stated)) as Stated;
}

/** What no request of a pair carries, whatever it is. */
export function statedForAny(_client: string, _vendor: string): Stated {
  return {};
}
