import { expect, test } from "bun:test";
import { AddressBook } from "./address-book.ts";

const bookOf = (...addresses: string[]) => new AddressBook(() => Promise.resolve(addresses));

test("the families take turns, the system's preferred one first, each address comes once, and there is a bound", async () => {
  expect(await bookOf("::1", "::2", "::1", "127.0.0.1", "::3").addressesOf("a.example")).toEqual([
    "::1",
    "127.0.0.1",
    "::2",
    "::3",
  ]);
  const many = Array.from({ length: 50 }, (_, index) => `10.0.0.${index}`);
  expect(await bookOf(...many).addressesOf("a.example")).toEqual(many.slice(0, 8));
});

test("an address is not looked up", async () => {
  const book = new AddressBook(() => Promise.reject(new Error("looked up")));
  expect(await book.addressesOf("127.0.0.1")).toEqual(["127.0.0.1"]);
  expect(await book.addressesOf("::1")).toEqual(["::1"]);
});

test("what did not answer comes last until it has answered again", async () => {
  const book = bookOf("10.0.0.1", "10.0.0.2");
  book.noteSilence("10.0.0.1");
  expect(await book.addressesOf("a.example")).toEqual(["10.0.0.2", "10.0.0.1"]);
  book.noteAnswer("10.0.0.1");
  expect(await book.addressesOf("a.example")).toEqual(["10.0.0.1", "10.0.0.2"]);
});

test("a failed lookup is not remembered", async () => {
  let isDown = true;
  const book = new AddressBook(() => (isDown ? Promise.reject(new Error("down")) : Promise.resolve(["10.0.0.1"])));
  expect(book.addressesOf("a.example")).rejects.toThrow("down");
  await Bun.sleep(1);
  isDown = false;
  expect(await book.addressesOf("a.example")).toEqual(["10.0.0.1"]);
});
