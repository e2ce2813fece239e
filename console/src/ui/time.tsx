import { useFormat } from "../format/use-format.ts";

/** An ISO time as the reader's clock shows it; the whole of it with its zone in the title. `isAgo`: "5 minutes ago". */
export function Time({ iso, isAgo = false }: { iso: string; isAgo?: boolean }) {
  const format = useFormat();
  return (
    <time dateTime={iso} title={format.fullTime(iso)} className="whitespace-nowrap">
      {isAgo ? format.ago(iso) : format.time(iso)}
    </time>
  );
}
