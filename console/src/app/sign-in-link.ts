/** The token of a link `…/#link=TOKEN`, which is taken out of the address and the browser's history. */
export function takeLink(): string | undefined {
  const token = /^#link=([\w-]{1,200})$/.exec(location.hash)?.[1];
  if (token !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return token;
}
