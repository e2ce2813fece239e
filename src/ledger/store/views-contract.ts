import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Entry } from "./account-store.ts";
import { wholeScope, type Scope } from "./scope.ts";
import { insert, makeAttempt, makeKey, makeRecord } from "./store-contract.ts";
import type { Store, UsageQuery } from "./store.ts";

/** What every store promises of queries for a person's eyes: whose rows they show, and what of them over time. */
export function testViews(
  name: string,
  open: (masterKey: string) => Promise<Store>,
  clean: () => void | Promise<void>,
): void {
  describe(`views: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open("the master key of the tests");
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    const timeMs = Date.UTC(2026, 10, 20, 10);
    const projects = ["mine", "theirs"];
    const scopes: readonly [Scope, readonly string[]][] = [
      [wholeScope, projects],
      [{ projects: ["mine"] }, ["mine"]],
      [{ projects: ["theirs", "none"] }, ["theirs"]],
      [{ projects: [] }, []],
    ];
    const query: UsageQuery = { since: undefined, until: undefined, groupBy: ["project"], currency: undefined };
    const inEach = async (ask: (scope: Scope) => Promise<readonly string[]>) => {
      for (const [scope, seen] of scopes) expect([scope, (await ask(scope)).toSorted()]).toEqual([scope, [...seen]]);
    };

    test("keys of projects beyond the scope are not there", async () => {
      for (const project of projects) await store.insertKey(makeKey({ id: `key_${project}`, project }));
      await inEach(async (scope) => (await store.listKeys(scope)).map(({ project }) => project));
      await inEach(async (scope) => {
        const found = await Promise.all(projects.map((project) => store.findKey(scope, `key_${project}`)));
        return found.flatMap((key) => (key ? [key.project] : []));
      });
    });

    test("records beyond the scope are in no list, no story and no report, whatever is asked for", async () => {
      const attempts = [makeAttempt({ provider: "failing", outcome: "upstream_error" }), makeAttempt({})];
      const fields = { time: timeMs + 1_800_000, keyId: "key_1", user: "anna", tags: { team: "search" } };
      await insert(
        store,
        projects.map((project) =>
          makeRecord({ id: `req_${project}`, project, ...fields, attempts, attemptCount: 2, outcome: "ok" }),
        ),
      );
      const page = { limit: 10, cursor: undefined };
      const listings = [
        page,
        { ...page, keys: ["key_1"] },
        { ...page, endedSince: timeMs },
        { ...page, user: "anna", status: 200 },
        { ...page, project: projects },
      ];
      for (const listing of listings)
        await inEach(async (scope) => (await store.listUsage(scope, listing)).records.map(({ project }) => project));
      await inEach(async (scope) => (await store.findUsage(scope, "req_", 10)).map(({ project }) => project));
      const hour = { since: timeMs, until: timeMs + 3_600_000 };
      const queries: UsageQuery[] = [
        query,
        { ...query, ...hour },
        { ...query, since: timeMs + 1, until: timeMs + 3_599_999 },
        { ...query, tags: [{ name: "team", value: "search" }] },
        { ...query, user: "anna" },
        { ...query, provider: "failing", groupBy: ["project", "model"] },
        { ...query, spans: [hour.since, hour.until] },
      ];
      for (const asked of queries)
        await inEach(async (scope) => (await store.sumUsage(scope, asked)).rows.map(({ groups }) => groups[0] ?? ""));
      // One of them by name.
      const theirs = { ...page, project: "theirs" };
      expect((await store.listUsage({ projects: ["mine"] }, theirs)).records).toEqual([]);
      expect((await store.sumUsage({ projects: ["mine"] }, { ...query, project: "theirs" })).rows).toEqual([]);
    });

    test("JSON of a page and of a report has what the list and the sums have, with the names of keys within the scope", async () => {
      for (const project of projects) await store.insertKey(makeKey({ id: `key_${project}`, project }));
      const { name } = makeKey({ id: "key_mine" });
      const keys = ["key_mine", "key_theirs"];
      await insert(
        store,
        keys.map((keyId) => makeRecord({ id: `req_${keyId}`, project: "mine", keyId, time: timeMs, user: "anna 云" })),
      );
      const read = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      const scope = { projects: ["mine"] };
      const listing = { limit: 1, cursor: undefined };
      const { records, next } = await store.listUsage(scope, listing);
      const now = new Date(timeMs).toISOString();
      expect(read(await store.listUsageJson(scope, listing, now))).toMatchObject({
        requests: records.map(({ id, keyId, user }) => ({
          id,
          key: keyId,
          user,
          key_name: keyId === "key_mine" ? name : null,
        })),
        next,
        now,
      });
      const byKey: UsageQuery = { ...query, groupBy: ["key"], since: timeMs, spans: [timeMs, timeMs + 1, timeMs + 2] };
      const rows = [{ groups: ["key_mine"], requests: 1 }, { groups: ["key_theirs"] }];
      const report = read(await store.sumUsageJson(scope, byKey));
      expect(report).toMatchObject({ rows, more: 0, rest: [], cut_off: null });
      expect(report).toMatchObject({ rows: [{ name }, {}], points: [{ since: now, rows }, { rows: [] }] });
      expect((report as { rows: object[] }).rows[1]).not.toHaveProperty("name");
    });

    test("entries, refusals and meters of accounts beyond the scope are not there", async () => {
      const entry = { time: timeMs, kind: "adjustment" as const, organisation: "acme", note: "", actor: "key_admin" };
      const book = (own: Pick<Entry, "id" | "project" | "keyId">) =>
        store.insertEntry({ ...entry, ...own, amount: 7n, currency: "USD" });
      await book({ id: "adj_acme", project: "", keyId: "" });
      for (const project of projects) {
        await store.insertKey(makeKey({ id: `key_${project}`, project }));
        await book({ id: `adj_${project}`, project, keyId: `key_${project}` });
        const note = { keyId: `key_${project}`, time: timeMs, requestId: "req_1", code: "c", message: "m" };
        await store.noteRefusals([note]);
      }
      const ofKeys = projects.map((project) => `key:key_${project}`);
      const accounts = ["organisation:acme", ...projects.map((project) => `project:${project}`), ...ofKeys];
      await store.openMeters(
        accounts.map((account) => ({
          id: `${account} total USD`,
          account,
          measure: "budget" as const,
          currency: "USD",
          startMs: 0,
          endMs: 8_640_000_000_000_000,
        })),
      );
      await inEach(async (scope) => {
        const { entries } = await store.listEntries(scope, { limit: 10, cursor: undefined });
        return entries.flatMap(({ project }) => (project === "" && scope === wholeScope ? [] : [project]));
      });
      await inEach(async (scope) => {
        const found = await Promise.all(projects.map((project) => store.findRefusal(scope, `key_${project}`)));
        return found.flatMap((note, place) => (note ? [projects[place] ?? ""] : []));
      });
      const metersOf = async (scope: Scope) =>
        (await store.readMeters(scope, accounts, timeMs)).map(({ account }) => account);
      expect((await metersOf(wholeScope)).toSorted()).toEqual(accounts.toSorted());
      expect((await metersOf({ projects: ["mine"] })).toSorted()).toEqual(["key:key_mine", "project:mine"]);
      expect(await metersOf({ projects: [] })).toEqual([]);
    });

    test("a report over time has in each span what a report of that span has, and all of it in its rows", async () => {
      const hourMs = 3_600_000;
      const models = ["chat", "nano", "embed", "rare"];
      await insert(
        store,
        Array.from({ length: 400 }, (_, index) =>
          makeRecord({
            id: `req_${index}`,
            // Some at the very edges of spans, and of hours and days.
            time: timeMs + ((index * 7_919) % 120) * (hourMs / 2) + (index % 3 === 0 ? 0 : index),
            model: models[index % 16 === 0 ? 3 : index % 3] ?? "",
            cost: BigInt(index % 16 === 0 ? 1 : 1_000 + index),
            currency: index % 5 === 0 ? "CNY" : "USD",
            user: index % 2 === 0 ? "anna" : "",
          }),
        ),
      );
      const spans = [0, 1, 2.5, 14, 38, 38.25, 70].map((hours) => timeMs + hours * hourMs);
      for (const asked of [
        { ...query, groupBy: ["model" as const] },
        { ...query, groupBy: ["model" as const], rowsMax: 3 },
        { ...query, groupBy: ["user" as const], currency: "USD" },
        { ...query, groupBy: ["provider" as const, "model" as const], model: "chat" },
      ]) {
        const report = await store.sumUsage(wholeScope, { ...asked, spans });
        const whole = await store.sumUsage(wholeScope, { ...asked, since: spans[0], until: spans.at(-1) });
        expect([asked, report.rows, report.more, report.rest]).toEqual([asked, whole.rows, whole.more, whole.rest]);
        expect(report.points.map(({ sinceMs, untilMs }) => [sinceMs, untilMs])).toEqual(
          spans.slice(1).map((end, place) => [spans[place] ?? 0, end]),
        );
        const shown = new Set(whole.rows.map(({ groups, currency }) => [...groups, currency].join()));
        const isShown = ({ groups, currency }: { groups: readonly string[]; currency: string }) =>
          shown.has([...groups, currency].join());
        for (const { sinceMs, untilMs, rows, rest } of report.points) {
          const { rows: all } = await store.sumUsage(wholeScope, {
            ...asked,
            rowsMax: undefined,
            since: sinceMs,
            until: untilMs,
          });
          const byGroup = (one: { groups: readonly string[]; currency: string }) =>
            [...one.groups, one.currency].join();
          const sorted = <T extends { groups: readonly string[]; currency: string }>(list: T[]) =>
            list.toSorted((one, other) => (byGroup(one) < byGroup(other) ? -1 : 1));
          expect(sorted(rows)).toEqual(sorted(all.filter(isShown)));
          const left = all.filter((row) => !isShown(row));
          const costOf = (list: typeof all) => list.reduce((sum, { cost }) => sum + cost, 0n);
          const requestsOf = (list: typeof all) => list.reduce((sum, { requests }) => sum + requests, 0);
          expect([costOf(rest), requestsOf(rest)]).toEqual([costOf(left), requestsOf(left)]);
        }
      }
      expect((await store.sumUsage(wholeScope, query)).points).toEqual([]);
    });
  });
}
