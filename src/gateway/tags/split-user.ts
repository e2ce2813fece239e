/**
 * The user and the session in what a client calls the user. Claude Code puts both into one: JSON with `device_id`, `account_uuid` and
 * `session_id`, in versions before 2.1.78 `user_DEVICE_account_ACCOUNT_session_SESSION`. The account is empty with a gateway's key, and
 * then the device is the user. Gateways that translate its requests send the same as OpenAI's `user`.
 */
export function splitUser(text: string): { user: string; session: string | undefined } {
  const compound = older.exec(text)?.groups ?? readJson(text);
  if (!compound) return { user: text, session: undefined };
  const { account, device, session } = compound;
  return { user: account || device || "", session: session || undefined };
}

const older = /^user_(?<device>[\w-]*?)_account_(?<account>[\w-]*?)_session_(?<session>[\w-]+)$/;

function readJson(text: string) {
  if (!text.startsWith("{") || !text.includes('"session_id"')) return undefined;
  try {
    const said = JSON.parse(text) as Record<string, unknown>;
    const [device, account, session] = ["device_id", "account_uuid", "session_id"].map((name) => {
      const value = Object.hasOwn(said, name) ? said[name] : undefined;
      return typeof value === "string" ? value : "";
    });
    return { device, account, session };
  } catch {
    return undefined;
  }
}
