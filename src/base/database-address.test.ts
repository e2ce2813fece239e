import { expect, test } from "bun:test";
import { describeDatabase, parseDatabaseAddress } from "./database-address.ts";

const parse = (text: string) => parseDatabaseAddress(text, (path) => `/home/${path}`);
const faultOf = (text: string) => {
  try {
    parse(text);
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
};

test("an address of PostgreSQL is read as libpq reads it", () => {
  expect(parse("postgres://me:p%40%2Fss@db.example:6543/state?sslmode=verify-full&sslrootcert=ca.pem")).toEqual({
    host: "db.example",
    port: 6543,
    database: "state",
    user: "me",
    password: "p@/ss",
    sslMode: "verify-full",
    caFile: "/home/ca.pem",
    certFile: undefined,
    keyFile: undefined,
  });
  expect(parse("postgresql://me@[fd00::7]")).toMatchObject({
    host: "fd00::7",
    port: 5432,
    database: "me",
    sslMode: "prefer",
  });
  const socket = { host: "/run/pg", port: 5433, database: "d", user: "me", sslMode: "disable" };
  expect(parse("postgres://me@/d?host=/run/pg&port=5433")).toMatchObject(socket);
  expect(parse("postgres:///d?user=me&host=%2Frun%2Fpg&port=5433")).toMatchObject(socket);
});

test("an address is shown without its password", () => {
  expect(describeDatabase(parse("postgres://me:secret@[fd00::7]:1/d"))).toBe("postgres://me@[fd00::7]:1/d");
  expect(describeDatabase(parse("postgres://me:secret@/d?host=/run/pg"))).toBe(
    "postgres://me@/d?host=/run/pg&port=5432",
  );
});

test("what is wrong with an address is said", () => {
  expect(faultOf("postgres://me@h/d?sslmode=on")).toBe(
    'its sslmode is "on"; allowed: disable, prefer, require, verify-ca, verify-full',
  );
  expect(faultOf("postgres://me@h/d?timeout=1")).toContain("unknown parameter");
  expect(faultOf("postgres://me@h/d?sslcert=a")).toContain("only one of sslcert and sslkey");
  expect(faultOf("postgres://h/d")).toContain("names no user");
  expect(faultOf("postgres://me@a,b/d")).not.toBe("none");
  expect(faultOf("host=h dbname=d")).toContain("expected an address such as postgres://");
});
