import { sql, type CreateTableBuilder, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Requests that may have reached other providers than the one in their row, or none. An index has this condition: it stays. */
export const isMixed = "(attempts > 1 or (attempts = 1 and outcome <> 'ok'))";

/** Requests whose attempts cost something in several currencies. An index has this condition: it stays. */
export const isSplit = "split = 1";

/** Batches that are still worked on. An index has this condition: it stays. */
export const isUnfinished = "status in ('validating', 'in_progress', 'finalizing', 'cancelling')";

/** In order of their names. A migration that was released is never changed. `bytesType` is what the database calls a column of bytes. */
export const migrationsFor = (bytesType: "blob" | "bytea"): Record<string, Migration> => ({
  "001-first-floor": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("state")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("version", "bigint", (c) => c.notNull())
        .execute();
      await sql`insert into state (id, version) values (1, 1)`.execute(db);
      await db.schema
        .createTable("resources")
        .addColumn("kind", "text", (c) => c.notNull())
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("position", "integer", (c) => c.notNull())
        .addColumn("spec", "text", (c) => c.notNull())
        .addColumn("secret", sql.raw(bytesType))
        .addPrimaryKeyConstraint("resources_key", ["kind", "name"])
        .execute();
      await db.schema
        .createTable("keys")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("hash", "text", (c) => c.notNull().unique())
        .addColumn("prefix", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint")
        .addColumn("revoked_ms", "bigint")
        .addColumn("terms", "text", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("usage")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("time", "bigint", (c) => c.notNull())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("model", "text", (c) => c.notNull())
        .addColumn("provider", "text", (c) => c.notNull())
        .addColumn("operation", "text", (c) => c.notNull())
        .addColumn("attempts", "integer", (c) => c.notNull())
        .addColumn("status", "integer", (c) => c.notNull())
        .addColumn("outcome", "text", (c) => c.notNull())
        .addColumn("streamed", "integer", (c) => c.notNull())
        .addColumn("input_tokens", "bigint", (c) => c.notNull())
        .addColumn("cached_input_tokens", "bigint", (c) => c.notNull())
        .addColumn("output_tokens", "bigint", (c) => c.notNull())
        .addColumn("reasoning_tokens", "bigint", (c) => c.notNull())
        .addColumn("estimated", "integer", (c) => c.notNull())
        .addColumn("cost", "bigint", (c) => c.notNull())
        .addColumn("currency", "text", (c) => c.notNull())
        .addColumn("latency_ms", "integer", (c) => c.notNull())
        .addColumn("first_token_ms", "integer")
        .execute();
      await db.schema.createIndex("usage_time").on("usage").column("time").execute();
    },
  },
  "002-attempts": {
    async up(db: Kysely<unknown>) {
      const add = (name: string, type: "text" | "bigint", initial: string | number) =>
        db.schema
          .alterTable("usage")
          .addColumn(name, type, (c) => c.notNull().defaultTo(initial))
          .execute();
      await add("dialect", "text", "openai-chat");
      await add("attempt_list", "text", "[]");
      await add("cache_write_tokens", "bigint", 0);
    },
  },
  "003-mixed-requests": {
    async up(db: Kysely<unknown>) {
      await sql`create index usage_mixed on usage (time) where ${sql.raw(isMixed)}`.execute(db);
    },
  },
  "004-key-role": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .alterTable("keys")
        .addColumn("role", "text", (c) => c.notNull().defaultTo("user"))
        .execute();
    },
  },
  "005-key-limits": {
    async up(db: Kysely<unknown>) {
      for (const name of ["models", "addresses"]) await db.schema.alterTable("keys").addColumn(name, "text").execute();
      await db.schema.alterTable("keys").addColumn("used_ms", "bigint").execute();
      // Until now the records alone tell when a key was used.
      await sql`
        update keys set used_ms = used.time
        from (select key_id, max(time) as time from usage group by key_id) as used
        where used.key_id = keys.id`.execute(db);
    },
  },
  "006-kept-between-turns": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("data_keys")
        .addColumn("name", "text", (c) => c.primaryKey())
        .addColumn("sealed", sql.raw(bytesType), (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("kept")
        .addColumn("kind", "text", (c) => c.notNull())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("id", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .addColumn("status", "text", (c) => c.notNull())
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("model", "text", (c) => c.notNull())
        .addColumn("previous", "text", (c) => c.notNull())
        .addColumn("bytes", "bigint", (c) => c.notNull())
        .addColumn("request", sql.raw(bytesType))
        .addColumn("answer", sql.raw(bytesType))
        .addPrimaryKeyConstraint("kept_key", ["kind", "project", "id"])
        .execute();
      // Sizes are in the index, so that sums over a project read none of what is kept.
      await sql`create index kept_age on kept (kind, project, created_ms, bytes)`.execute(db);
      await sql`create index kept_expiry on kept (expires_ms)`.execute(db);
      // Hardly any row has an owner: those that are still worked on.
      await sql`create index kept_owner on kept (owner) where owner <> ''`.execute(db);
    },
  },
  "007-charges": {
    async up(db: Kysely<unknown>) {
      // Rows that are there stay as they are: without a value the provider's cost is what was charged.
      for (const name of ["provider_cost", "vendor_cost", "compared_cost"])
        await db.schema.alterTable("usage").addColumn(name, "bigint").execute();
      await db.schema.alterTable("usage").addColumn("provider_currency", "text").execute();
      await db.schema
        .alterTable("usage")
        .addColumn("split", "integer", (c) => c.notNull().defaultTo(0))
        .execute();
      await sql`create index usage_split on usage (time) where ${sql.raw(isSplit)}`.execute(db);
    },
  },
  "008-files-and-batches": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("files")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("purpose", "text", (c) => c.notNull())
        .addColumn("bytes", "bigint", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .addColumn("name", sql.raw(bytesType), (c) => c.notNull())
        .execute();
      await sql`create index files_project on files (project, id)`.execute(db);
      await sql`create index files_expiry on files (expires_ms)`.execute(db);
      const table = db.schema
        .createTable("batches")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("key_hash", "text", (c) => c.notNull())
        .addColumn("input_file", "text", (c) => c.notNull())
        .addColumn("status", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("lease_ms", "bigint", (c) => c.notNull())
        .addColumn("epoch", "integer", (c) => c.notNull())
        .addColumn("times", "text", (c) => c.notNull())
        .addColumn("terms", sql.raw(bytesType), (c) => c.notNull())
        .addColumn("progress", sql.raw(bytesType), (c) => c.notNull());
      await table.execute();
      await sql`create index batches_project on batches (project, id)`.execute(db);
      await sql`create index batches_open on batches (id) where ${sql.raw(isUnfinished)}`.execute(db);
    },
  },
  "009-pieces": {
    async up(db: Kysely<unknown>) {
      for (const name of ["images", "seconds", "characters", "searches"])
        await db.schema
          .alterTable("usage")
          .addColumn(name, "bigint", (c) => c.notNull().defaultTo(0))
          .execute();
    },
  },
  "010-labels": {
    async up(db: Kysely<unknown>) {
      const add = (name: string, initial: string) =>
        db.schema
          .alterTable("usage")
          .addColumn(name, "text", (c) => c.notNull().defaultTo(initial))
          .execute();
      await add("end_user", "");
      await add("tags", "{}");
    },
  },
  "011-accounts": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .alterTable("usage")
        .addColumn("organisation", "text", (c) => c.notNull().defaultTo(""))
        .execute();
      await db.schema.alterTable("usage").addColumn("account_cost", "bigint").execute();
      await db.schema.alterTable("usage").addColumn("account_currency", "text").execute();
      await db.schema
        .createTable("meters")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("account", "text", (c) => c.notNull())
        .addColumn("measure", "text", (c) => c.notNull())
        .addColumn("currency", "text", (c) => c.notNull())
        .addColumn("start_ms", "bigint", (c) => c.notNull())
        .addColumn("end_ms", "bigint", (c) => c.notNull())
        .addColumn("spent", "bigint", (c) => c.notNull())
        .addColumn("credit", "bigint", (c) => c.notNull())
        .addColumn("used_ms", "bigint", (c) => c.notNull())
        .execute();
      await sql`create index meters_account on meters (account)`.execute(db);
      await sql`create index meters_used on meters (used_ms)`.execute(db);
      await db.schema
        .createTable("leases")
        .addColumn("meter_id", "text", (c) => c.notNull())
        .addColumn("holder", "text", (c) => c.notNull())
        .addColumn("granted", "bigint", (c) => c.notNull())
        .addColumn("drained", "bigint", (c) => c.notNull())
        .addColumn("idle", "bigint", (c) => c.notNull())
        .addColumn("needs", "bigint", (c) => c.notNull())
        .addColumn("waits_ms", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("leases_key", ["meter_id", "holder"])
        .execute();
      await sql`create index leases_holder on leases (holder)`.execute(db);
      await sql`create index leases_waiting on leases (meter_id) where needs > 0`.execute(db);
      await db.schema
        .createTable("holders")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("place", "text", (c) => c.notNull())
        .addColumn("sequence", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .addColumn("closed_ms", "bigint")
        .execute();
      await db.schema
        .createTable("entries")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("time", "bigint", (c) => c.notNull())
        .addColumn("kind", "text", (c) => c.notNull())
        .addColumn("organisation", "text", (c) => c.notNull())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("amount", "bigint", (c) => c.notNull())
        .addColumn("currency", "text", (c) => c.notNull())
        .addColumn("note", "text", (c) => c.notNull())
        .addColumn("actor", "text", (c) => c.notNull())
        .execute();
      for (const column of ["project", "key_id", "organisation"])
        await sql`create index ${sql.ref(`entries_${column}`)} on entries (${sql.ref(column)}, time)`.execute(db);
      await db.schema
        .createTable("refusals")
        .addColumn("key_id", "text", (c) => c.primaryKey())
        .addColumn("time", "bigint", (c) => c.notNull())
        .addColumn("request_id", "text", (c) => c.notNull())
        .addColumn("code", "text", (c) => c.notNull())
        .addColumn("message", "text", (c) => c.notNull())
        .execute();
    },
  },
  "012-rollups": {
    async up(db: Kysely<unknown>) {
      // Lists of records by each of these, newest first.
      for (const column of ["key_id", "project", "model", "provider", "status"])
        await sql`create index ${sql.ref(`usage_${column}`)} on usage (${sql.ref(column)}, time)`.execute(db);
      const parts = ["organisation", "key_id", "project", "model", "provider", "end_user", "currency"];
      const tokens = ["input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"];
      const pieces = ["images", "seconds", "characters", "searches"];
      const counts = ["requests", "provider_requests", ...tokens, ...pieces, "vendor_stated"];
      const amounts = ["cost", "provider_cost", "vendor_cost", "compared_cost", "account_cost"];
      let table: CreateTableBuilder<"usage_sums", string> = db.schema
        .createTable("usage_sums")
        .addColumn("span", "text", (c) => c.notNull())
        .addColumn("time", "bigint", (c) => c.notNull());
      for (const name of parts) table = table.addColumn(name, "text", (c) => c.notNull());
      for (const name of [...counts, ...amounts.flatMap((name) => [name, `${name}_rest`])])
        table = table.addColumn(name, "bigint", (c) => c.notNull().defaultTo(0));
      table = table.addPrimaryKeyConstraint("usage_sums_key", ["span", "time", ...parts]);
      // Rows lie in the order of their key, as reports read them.
      await (bytesType === "blob" ? table.modifyEnd(sql`without rowid`) : table).execute();
      await db.schema
        .createTable("usage_upkeep")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("filled", "integer", (c) => c.notNull())
        .addColumn("records_from", "bigint")
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("lease_ms", "bigint", (c) => c.notNull())
        .execute();
      await sql`insert into usage_upkeep (id, filled, owner, lease_ms) values (1, 0, '', 0)`.execute(db);
    },
  },
  "013-alerts": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("alerts")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("meter_id", "text", (c) => c.notNull())
        .addColumn("percent", "integer", (c) => c.notNull())
        .addColumn("bound", "bigint", (c) => c.notNull())
        .addColumn("end_ms", "bigint", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("body", "text", (c) => c.notNull())
        .addUniqueConstraint("alerts_once", ["meter_id", "percent", "bound"])
        .execute();
      await sql`create index alerts_end on alerts (end_ms)`.execute(db);
      await db.schema
        .createTable("alert_deliveries")
        .addColumn("alert_id", "text", (c) => c.notNull())
        .addColumn("hook", "text", (c) => c.notNull())
        .addColumn("tries", "integer", (c) => c.notNull())
        .addColumn("due_ms", "bigint", (c) => c.notNull())
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("lease_ms", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("alert_deliveries_key", ["alert_id", "hook"])
        .execute();
      await sql`create index alert_deliveries_due on alert_deliveries (due_ms)`.execute(db);
    },
  },
  "014-machines": {
    async up(db: Kysely<unknown>) {
      for (const table of ["files", "batches"])
        await db.schema
          .alterTable(table)
          .addColumn("machine", "text", (c) => c.notNull().defaultTo(""))
          .execute();
    },
  },
  "015-usage-ends": {
    async up(db: Kysely<unknown>) {
      // Whoever follows requests asks for those that have ended since.
      await sql`create index usage_ended on usage ((time + latency_ms))`.execute(db);
    },
  },
  "016-managed-by": {
    async up(db: Kysely<unknown>) {
      // Nothing is known of rows that are there. Processes of the version before write rows without it.
      await db.schema.alterTable("resources").addColumn("managed_by", "text").execute();
    },
  },
  "017-replaced-by": {
    async up(db: Kysely<unknown>) {
      // Keys that were rotated before are told from others of their name by nothing.
      await db.schema.alterTable("keys").addColumn("replaced_by", "text").execute();
    },
  },
  "018-sessions": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("sessions")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("hash", "text", (c) => c.notNull().unique())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("key_hash", "text", (c) => c.notNull())
        .addColumn("signed_in_with", "text", (c) => c.notNull())
        .addColumn("address", "text", (c) => c.notNull())
        .addColumn("user_agent", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("used_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("sign_in_links")
        .addColumn("hash", "text", (c) => c.primaryKey())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("key_hash", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint", (c) => c.notNull())
        .addColumn("session_expires_ms", "bigint")
        .execute();
    },
  },
  "019-conversations": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("conversations")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("project", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("updated_ms", "bigint", (c) => c.notNull())
        .addColumn("expires_ms", "bigint")
        .addColumn("keep_days", "integer")
        .addColumn("pinned", "integer", (c) => c.notNull())
        .addColumn("messages", "bigint", (c) => c.notNull())
        .addColumn("bytes", "bigint", (c) => c.notNull())
        .addColumn("head", sql.raw(bytesType), (c) => c.notNull())
        .execute();
      await sql`create index conversations_owner on conversations (owner, updated_ms, id)`.execute(db);
      await sql`create index conversations_expires on conversations (expires_ms)`.execute(db);
      await db.schema
        .createTable("conversation_messages")
        .addColumn("conversation", "text", (c) => c.notNull().references("conversations.id").onDelete("cascade"))
        .addColumn("id", "text", (c) => c.notNull())
        .addColumn("parent", "text", (c) => c.notNull())
        .addColumn("created_ms", "bigint", (c) => c.notNull())
        .addColumn("role", "text", (c) => c.notNull())
        .addColumn("status", "text", (c) => c.notNull())
        .addColumn("bytes", "bigint", (c) => c.notNull())
        .addColumn("body", sql.raw(bytesType), (c) => c.notNull())
        .addColumn("media", sql.raw(bytesType))
        .addPrimaryKeyConstraint("conversation_messages_key", ["conversation", "id"])
        .execute();
    },
  },
  "020-replaced-by-other": {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable("keys").addColumn("replaced_by_other", "integer").execute();
    },
  },
  "021-asked-model": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .alterTable("usage")
        .addColumn("asked_model", "text", (c) => c.notNull().defaultTo(""))
        .execute();
    },
  },
});
