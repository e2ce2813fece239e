import { useTranslation } from "react-i18next";
import type { Key } from "../../api/schema.d.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

const tones: Record<Key["status"], Tone> = { active: "good", expired: "warn", revoked: "neutral" };

export function KeyStatusBadge({ status }: Pick<Key, "status">) {
  const { t } = useTranslation("keys");
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>;
}
