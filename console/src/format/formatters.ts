/**
 * Intl's formatters, each made once: making one takes about a hundred times as long as using it, and a list that is scrolled
 * writes hundreds of values a frame. There are as many as languages, forms and currencies that were shown.
 */
export const numberFormat = kept(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
);

export const dateFormat = kept(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);

export const relativeFormat = kept(
  (locale: string, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(locale, options),
);

function kept<Options, Format>(make: (locale: string, options: Options) => Format) {
  const made = new Map<string, Format>();
  return (locale: string, options: Options): Format => {
    const name = `${locale} ${JSON.stringify(options)}`;
    let format = made.get(name);
    if (format === undefined) made.set(name, (format = make(locale, options)));
    return format;
  };
}
