import { useTranslation } from "react-i18next";
import type { Key } from "../../api/schema.d.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

const tones: Record<Key["status"] | "replaced", Tone> = {
  active: "good",
  replaced: "warn",
  expired: "warn",
  revoked: "neutral",
};

/** One that a rotation has replaced is good for a while yet, and not the one to use. */
export function KeyStatusBadge({ of: { status, replaced_by: next } }: { of: Pick<Key, "status" | "replaced_by"> }) {
  const { t } = useTranslation("keys");
  const shown = status === "active" && next !== null ? "replaced" : status;
  return <Badge tone={tones[shown]}>{t(`status.${shown}`)}</Badge>;
}
