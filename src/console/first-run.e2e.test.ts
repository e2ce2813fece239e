import { describe, expect, test } from "bun:test";
import { signIn } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser } from "../testing/console/browser.ts";
import { TestSahab } from "../testing/run-sahab.ts";

// What a newcomer does in the first minute, on the built-in model: a key by one click, the line pasted as it stands, the call seen.

describe.skipIf(!hasChromium)("the first run", () => {
  test("leads from an empty cloud to a call that is seen with its tokens; a server that is gone is said, and found again", async () => {
    const sahab = new TestSahab({});
    const [browser] = await Promise.all([TestBrowser.start(), sahab.start()]);
    try {
      const console = await browser.open(sahab.address, { cookie: (await signIn(sahab)).cookie });
      const { page } = console;
      await page.getByText("Three steps to your first call").waitFor();
      await page.getByRole("button", { name: "Make a key" }).click();
      const key = await page.getByLabel("The new key").innerText();
      expect(key).toStartWith("sk-");
      const line = await page.getByLabel("Lines in curl").innerText();
      expect(line).toContain(key);
      const call = Bun.spawn(["sh", "-c", line], { stdout: "pipe", stderr: "ignore" });
      expect(await new Response(call.stdout).text()).toContain("Sahab");
      await page.getByText(/nano answered: \d+ tokens in .*, for \$0\.00/).waitFor();
      const row = page.getByRole("row").filter({ hasText: "nano" });
      expect(await row.innerText()).toContain("200");
      // The key itself is shown once: not after the page was loaded again.
      await page.reload();
      await row.waitFor();
      expect(await page.content()).not.toContain(key);

      console.expectProblem(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|50[0-9]/);
      const port = new URL(sahab.address).port;
      await sahab.kill();
      const banner = page.getByText("Sahab does not answer. Trying again");
      await banner.waitFor();
      await sahab.start({ SAHAB_PORT: port });
      await banner.waitFor({ state: "detached" });
      await row.waitFor();
      await console.close();
    } finally {
      await browser.close();
      await sahab.close();
    }
  });
});
