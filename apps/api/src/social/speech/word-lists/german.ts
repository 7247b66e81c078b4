/** German; whole words, in small letters. */
export const german = `
  arsch arschgesicht arschloch arschlöcher fick ficken ficker fickt fotze fotzen hure huren hurensohn hurensöhne
  kanake kanaken kacke miststück mistkerl nigger nutte nutten pisser scheiss scheisse scheiß scheiße
  schlampe schlampen schwuchtel schwuchteln spast spasten spasti spastis wichser wixer missgeburt
`
  .trim()
  .split(/\s+/)
