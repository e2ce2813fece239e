import { Info } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Connect } from "../../api/schema.d.ts";
import { CodeBlock } from "../../ui/code-block.tsx";

type Program = Connect["programs"][number];

/** How one program is pointed at this Sahab. What the server says of it is English. */
export function ProgramLines({
  program,
  placeholder,
  keyText,
}: {
  program: Program;
  /** What stands in the lines where the key belongs. */
  placeholder: string;
  keyText: string;
}) {
  const { t } = useTranslation("connect");
  const withKey = (text: string) => text.replaceAll(placeholder, keyText);
  const { title, about, files, shell, steps, notes, start, is_command: isCommand, can_write: canWrite, name } = program;
  return (
    <div className="grid min-w-0 gap-4">
      <p dir="auto" className="text-sm text-muted">
        {title}: {about}
      </p>
      {files.map(({ path, blocks }) =>
        blocks.map(({ place, text }) => (
          <div key={`${path} ${place}`} className="grid min-w-0 gap-1.5">
            <p dir="auto" className="text-[0.8125rem]">
              <code className="ltr font-mono font-medium break-all">{path}</code>{" "}
              <span className="text-muted">{place}</span>
            </p>
            <CodeBlock code={withKey(text)} label={path} />
          </div>
        )),
      )}
      {shell.length > 0 && (
        <div className="grid min-w-0 gap-1.5">
          <p className="text-[0.8125rem]">{t("shell")}</p>
          <CodeBlock code={withKey(shell.join("\n"))} label={t("shell")} />
        </div>
      )}
      {steps.length > 0 && (
        <div className="grid min-w-0 gap-1.5">
          <p className="text-[0.8125rem]">{t("steps")}</p>
          <CodeBlock code={withKey(steps.join("\n"))} label={t("steps")} />
        </div>
      )}
      {isCommand && (
        <p className="text-[0.8125rem]">
          {t("start")} <code className="ltr rounded-[4px] bg-sunken px-1.5 py-0.5 font-mono">{start}</code>
        </p>
      )}
      {canWrite && (
        <div className="grid min-w-0 gap-1.5">
          <p className="text-[0.8125rem] text-muted">{t("write")}</p>
          <CodeBlock code={`npm run sahab -- connect ${name} --write`} label={t("writeLabel")} />
        </div>
      )}
      {notes.length > 0 && (
        <ul className="grid gap-1.5 text-[0.8125rem] text-muted">
          {notes.map((note) => (
            <li key={note} className="flex items-start gap-2">
              <Info size={14} aria-hidden className="mt-0.5 shrink-0" />
              <span dir="auto" className="min-w-0 break-words">
                {withKey(note)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
