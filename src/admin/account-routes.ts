import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { formatNano, parseNano, type Nano } from "../base/money.ts";
import { readConfig, type CloudConfig } from "../config/index.ts";
import type { Entry, Scope, Store } from "../ledger/index.ts";
import * as schemas from "./account-schemas.ts";
import { readAccountViews } from "./account-views.ts";
import { findAccount, type AccountName, type FoundAccount } from "./find-account.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";

interface AccountDeps {
  store: Store;
  clock: Clock;
  /** Brings the store up to what the journal holds, so that what is told includes the last request. */
  drain(): Promise<void>;
}

/** Of one entry, in units of its currency. */
const amountMax = 1_000_000_000;

export function addAccountRoutes(app: AdminApp, deps: AccountDeps): void {
  const { store, clock, drain } = deps;
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/balance",
      summary: "What a project, a key or an organisation may spend, and has spent",
      request: { query: schemas.balanceQuerySchema },
      responses: { 200: json(schemas.balanceSchema, "In its currency"), 400: failure, 404: failure },
    }),
    async (context) => {
      const { scope } = context.get("actor");
      const config = await readConfig(store);
      const found = await findAccount(store, scope, config, context.req.valid("query"), clock.now());
      await drain();
      const [view] = await readAccountViews(store, scope, found, clock.now());
      if (!view) throw new SahabError("not_found", `There is no account ${found.account}`);
      const first = view.windows.find(({ soft }) => !soft) ?? view.windows[0];
      const spent = first?.spent ?? (await spentInAll(store, scope, config, found, context.req.raw.signal));
      return context.json(
        {
          ...view,
          ...shownOwner({ ...found, organisation: found.accounts.organisation }),
          budget: first ? { amount: first.amount, period: first.period } : null,
          held: first?.held ?? view.balance?.held ?? "0",
          spent,
          soft: first?.soft ?? false,
          enforced: true,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/entries",
      summary: "Book a correction or a top-up beside the usage records",
      request: { body: { required: true, ...json(schemas.newEntrySchema, "For whom, and how much") } },
      responses: {
        200: json(
          z.object({ entry: schemas.entrySchema, booked: z.boolean(), warnings: z.array(z.string()) }),
          "The entry; `booked` is false where it had been booked before",
        ),
        400: failure,
        404: failure,
        409: failure,
      },
    }),
    async (context) => {
      const wanted = context.req.valid("json");
      const { project, key, organisation, kind, note } = wanted;
      const { scope } = context.get("actor");
      const config = await readConfig(store);
      const found = await findAccount(store, scope, config, { project, key, organisation }, clock.now());
      const { currency } = found.accounts;
      if (currency === "")
        throw new SahabError("invalid_request", `The organisation ${found.accounts.organisation} has no currency yet`);
      if (kind === "top-up" && !found.account.startsWith("project:"))
        throw new SahabError("invalid_request", "kind: a top-up is for a project; found another account", {
          param: "kind",
        });
      const entry: Entry = {
        id: wanted.id ?? newId("ent", clock.now()),
        time: clock.now(),
        kind,
        organisation: found.accounts.organisation,
        project: found.project,
        keyId: found.keyId,
        amount: parseAmount(wanted.amount, kind),
        currency,
        note,
        actor: context.get("actor").keyId,
      };
      const booked = await store.insertEntry(entry);
      const kept = booked ? entry : await findBooked(store, scope, entry);
      const isPrepaid = found.accounts.terms.some(({ account, prepaid }) => account === found.account && prepaid);
      const warnings =
        kind === "top-up" && !isPrepaid
          ? [`project ${found.project} is not prepaid, so its requests are not bounded by what was topped up`]
          : [];
      return context.json({ entry: encodeEntry(kept), booked, warnings }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/entries",
      summary: "Corrections and top-ups, newest first",
      request: { query: schemas.entriesQuerySchema },
      responses: {
        200: json(z.object({ entries: z.array(schemas.entrySchema), next: z.string().nullable() }), "A page"),
        400: failure,
        404: failure,
      },
    }),
    async (context) => {
      const { limit, cursor, ...name } = context.req.valid("query");
      const isAll = Object.values(name).every((value) => value === undefined);
      const { scope } = context.get("actor");
      const filter = isAll
        ? {}
        : filterOf(await findAccount(store, scope, await readConfig(store), name, clock.now()), name);
      const { entries, next } = await store.listEntries(scope, { ...filter, limit, cursor });
      return context.json({ entries: entries.map(encodeEntry), next }, 200);
    },
  );
}

function filterOf(
  { keyId, project, accounts }: FoundAccount,
  name: AccountName,
): { keyId?: string; project?: string; organisation?: string } {
  if (name.key !== undefined) return { keyId };
  return name.project === undefined ? { organisation: accounts.organisation } : { project };
}

function parseAmount(value: number | string, kind: Entry["kind"]): Nano {
  const amount = parseNano(value);
  const isTopUp = kind === "top-up";
  const most = BigInt(amountMax) * 1_000_000_000n;
  if (amount !== undefined && amount !== 0n && amount <= most && amount >= (isTopUp ? 0n : -most)) return amount;
  const allowed = isTopUp ? "above 0" : "other than 0, negative to give back,";
  throw new SahabError(
    "invalid_request",
    `amount: expected a decimal ${allowed} of at most ${amountMax} and nine places; found ${String(value).slice(0, 40)}`,
    { param: "amount" },
  );
}

const pageRows = 1_000;
const pagesMax = 20;

/** The entry that has this id already, where it says the same; throws `conflict` where it does not. */
async function findBooked(store: Pick<Store, "listEntries">, scope: Scope, wanted: Entry): Promise<Entry> {
  const { keyId, project, organisation, id } = wanted;
  const filter = keyId !== "" ? { keyId } : project !== "" ? { project } : { organisation };
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { entries, next } = await store.listEntries(scope, { ...filter, limit: pageRows, cursor });
    const found = entries.find((entry) => entry.id === id);
    if (found && found.kind === wanted.kind && found.amount === wanted.amount && found.keyId === keyId) return found;
    if (found || next === null) break;
    cursor = next;
  }
  throw new SahabError("conflict", `The id ${id} belongs to another entry; send this one with an id of its own`, {
    param: "id",
  });
}

/** What an account without a budget has spent since the beginning, in its currency. */
async function spentInAll(
  store: Pick<Store, "sumUsage">,
  scope: Scope,
  config: CloudConfig,
  { account, accounts, project, keyId }: FoundAccount,
  signal: AbortSignal,
): Promise<string> {
  const { currency, organisation } = accounts;
  const own = keyId !== "" ? { keys: [keyId] } : project !== "" ? { project } : {};
  const { rows } = await store.sumUsage(
    scope,
    { since: undefined, until: undefined, groupBy: ["project"], currency, ...own },
    { signal },
  );
  const isOrganisation = account.startsWith("organisation:");
  const members = new Set(config.projects.filter((one) => one.organisation === organisation).map(({ name }) => name));
  const counted = rows.filter(({ groups: [name = ""] }) => !isOrganisation || members.has(name));
  return formatNano(counted.reduce((sum, { cost }) => sum + cost, 0n));
}

function shownOwner(owner: { organisation: string; project: string; keyId: string }) {
  return {
    organisation: owner.organisation || null,
    project: owner.project || null,
    key: owner.keyId || null,
  };
}

function encodeEntry(entry: Entry): z.infer<typeof schemas.entrySchema> {
  const { id, time, kind, amount, currency, note, actor } = entry;
  return {
    id,
    time: new Date(time).toISOString(),
    kind,
    ...shownOwner(entry),
    amount: formatNano(amount),
    currency,
    note,
    actor: actor || null,
  };
}
