/** How many characters an account number has in each country, by the registry of ISO 13616. */
const lengths = new Map(
  [
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18",
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20",
    "LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31",
    "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30",
  ]
    .join(" ")
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

const start = /(?<![a-z\d])[a-z]{2}\d{2}(?=[ -]?[a-z\d])/gi;
const letterOrDigit = /[a-z\d]/i;

/** Replaces international bank account numbers whose check is right, with or without spaces and hyphens, by `[iban]`. */
export function maskIbans(text: string): string {
  let masked = "";
  let from = 0;
  for (const { index } of text.matchAll(start)) {
    const end = index < from ? undefined : findEnd(text, index);
    if (end === undefined) continue;
    masked += `${text.slice(from, index)}[iban]`;
    from = end;
  }
  return masked + text.slice(from);
}

/** Where the number that begins at `index` ends; undefined where none does. */
function findEnd(text: string, index: number): number | undefined {
  const length = lengths.get(text.slice(index, index + 2).toUpperCase()) ?? 0;
  let found = "";
  let at = index;
  for (; found.length < length; at++) {
    const character = text.charAt(at);
    if (letterOrDigit.test(character)) found += character;
    else if (!/[ -]/.test(character) || !letterOrDigit.test(text.charAt(at + 1))) return undefined;
  }
  return length > 0 && !letterOrDigit.test(text.charAt(at)) && passesCheck(found) ? at : undefined;
}

/** ISO 7064, MOD 97-10: the first four characters come last, and letters count from 10. */
function passesCheck(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
