/** Words for powers of ten, as people write them in English, German, French, Chinese, Arabic and Indian English. */
export const scaleWords: Readonly<Record<string, number>> = {
  k: 3,
  thousand: 3,
  tsd: 3,
  万: 4,
  wan: 4,
  lakh: 5,
  m: 6,
  mn: 6,
  mm: 6,
  mio: 6,
  million: 6,
  millions: 6,
  millionen: 6,
  مليون: 6,
  crore: 7,
  亿: 8,
  yi: 8,
  b: 9,
  bn: 9,
  bln: 9,
  billion: 9,
  billions: 9,
  md: 9,
  mrd: 9,
  milliard: 9,
  milliards: 9,
  milliarde: 9,
  milliarden: 9,
  مليار: 9,
  t: 12,
  tn: 12,
  trn: 12,
  trillion: 12,
  trillions: 12,
  万亿: 12,
};

/** What names a currency without its code. ¥ does not, since yuan and yen share it. */
export const currencyNames: readonly (readonly [RegExp, string])[] = [
  [/US\s?\$|(?<!\p{L})\$(?!\p{L})|(?<!\p{L})(?:US[ -])?dollars?(?!\p{L})|美元|دولار/iu, "USD"],
  [/(?<!\p{L})(?:RMB|yuan|renminbi)(?!\p{L})|人民币|元/iu, "CNY"],
  [/€|(?<!\p{L})euros?(?!\p{L})/iu, "EUR"],
  [/£|(?<!\p{L})pounds?(?!\p{L})/iu, "GBP"],
  [/(?<!\p{L})yen(?!\p{L})/iu, "JPY"],
  [/(?<!\p{L})(?:riyals?)(?!\p{L})|ريال/iu, "SAR"],
];

/** Units of power → their power of ten. */
export const powerUnits: Readonly<Record<string, number>> = {
  w: 0,
  watt: 0,
  watts: 0,
  kw: 3,
  kilowatt: 3,
  kilowatts: 3,
  mw: 6,
  megawatt: 6,
  megawatts: 6,
  gw: 9,
  gigawatt: 9,
  gigawatts: 9,
  tw: 12,
  terawatt: 12,
  terawatts: 12,
};

export const tokenWords = /(?<!\p{L})(?:tokens?|tok)(?:\s*(?:per|a|\/)\s*(?:day|d))?$/iu;
