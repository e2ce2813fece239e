/** The model of a request, behind the name that its client asked for where that is another one; `asked` is empty where it is not. */
export function ModelName({ model, asked }: { model: string; asked: string }) {
  const name = asked === "" ? model : `${asked} → ${model}`;
  return (
    <bdi className="ltr truncate font-medium" title={name}>
      {name}
    </bdi>
  );
}
