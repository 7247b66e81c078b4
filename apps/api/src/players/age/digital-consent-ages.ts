/**
 * From which age on a person agrees to online services for themselves, by country. Where a country is missing,
 * the setting `age.gate` alone decides. Sources: Regulation (EU) 2016/679 (GDPR) art. 8(1), which says 16 and lets
 * member states go down to 13, with the national acts named below; 16 CFR 312.2 (COPPA); UK Data Protection Act 2018
 * s. 9. As of 2026-01; a studio corrects it by `by_country`.
 */
export const digitalConsentAges: Readonly<Record<string, number>> = {
  AT: 14, // DSG § 4(4)
  BE: 13, // Loi du 30 juillet 2018 art. 7
  BG: 14, // Personal Data Protection Act art. 25c
  CY: 14, // Law 125(I)/2018 s. 8
  CZ: 15, // Act 110/2019 § 7
  DE: 16, // GDPR art. 8
  DK: 15, // Databeskyttelsesloven § 6(2), as changed from 2024 on
  EE: 13, // Isikuandmete kaitse seadus § 8
  ES: 14, // LOPDGDD art. 7
  FI: 13, // Tietosuojalaki § 5
  FR: 15, // Loi Informatique et Libertés art. 45
  GB: 13, // Data Protection Act 2018 s. 9
  GR: 15, // Law 4624/2019 art. 21
  HR: 16, // Zakon o provedbi Opće uredbe art. 19
  HU: 16, // GDPR art. 8
  IE: 16, // Data Protection Act 2018 s. 31
  IS: 13, // Act 90/2018 art. 10
  IT: 14, // Codice privacy art. 2-quinquies
  LI: 16, // GDPR art. 8
  LT: 14, // Law I-1374 art. 6
  LU: 16, // GDPR art. 8
  LV: 13, // Fizisko personu datu apstrādes likums art. 33
  MT: 13, // S.L. 586.11 reg. 2
  NL: 16, // UAVG art. 5
  NO: 13, // Personopplysningsloven § 5
  PL: 16, // GDPR art. 8
  PT: 13, // Lei 58/2019 art. 16
  RO: 16, // GDPR art. 8
  SE: 13, // Lag 2018:218 ch. 2 § 4
  SI: 15, // ZVOP-2 art. 8
  SK: 16, // Act 18/2018 § 15
  US: 13, // 16 CFR 312.2
}
