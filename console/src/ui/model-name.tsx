/**
 * The model of a request, behind the name that its client asked for where that is another one; `asked` is empty where it is not. `model`
 * is empty where the name leads nowhere.
 */
export function ModelName({ model, asked }: { model: string; asked: string }) {
  const name = [asked, model].filter((part) => part !== "").join(" → ") || "–";
  return (
    <bdi className="ltr block min-w-0 truncate font-medium rtl:text-right" title={name}>
      {name}
    </bdi>
  );
}
